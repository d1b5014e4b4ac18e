package assets

import _ "embed"

// MessagesZH and MessagesEN are the words for people, by id.
var (
	//go:embed messages/zh.json
	MessagesZH []byte
	//go:embed messages/en.json
	MessagesEN []byte
)
