package register

import (
	"archive/zip"
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"courtkiosk/app/message"
)

// bookOf packs a sheet by hand, as programs write it that are not the library which reads it. Style 1 is a percentage.
func bookOf(t *testing.T, data string) []byte {
	t.Helper()
	const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`
	const pkg = `http://schemas.openxmlformats.org/package/2006`
	const office = `http://schemas.openxmlformats.org/officeDocument/2006/relationships`
	parts := []struct{ name, text string }{
		{"[Content_Types].xml", `<Types xmlns="` + pkg + `/content-types">` +
			`<Default Extension="xml" ContentType="application/xml"/>` +
			`<Default Extension="rels" ` +
			`ContentType="application/vnd.openxmlformats-package.relationships+xml"/></Types>`},
		{"_rels/.rels", `<Relationships xmlns="` + pkg + `/relationships">` +
			`<Relationship Id="a" Type="` + office + `/officeDocument" Target="xl/workbook.xml"/></Relationships>`},
		{"xl/workbook.xml", `<workbook ` + ns + ` xmlns:r="` + office + `"><sheets>` +
			`<sheet name="清单" sheetId="1" r:id="b"/></sheets></workbook>`},
		{"xl/_rels/workbook.xml.rels", `<Relationships xmlns="` + pkg + `/relationships">` +
			`<Relationship Id="b" Type="` + office + `/worksheet" Target="/xl/worksheets/sheet1.xml"/>` +
			`<Relationship Id="c" Type="` + office + `/styles" Target="styles.xml"/>` +
			`<Relationship Id="d" Type="` + office + `/sharedStrings" Target="sharedStrings.xml"/></Relationships>`},
		{"xl/styles.xml", `<styleSheet ` + ns + `>` +
			`<cellXfs><xf numFmtId="0"/><xf numFmtId="9"/></cellXfs></styleSheet>`},
		{"xl/sharedStrings.xml", `<sst ` + ns + `><si><t>案号</t></si></sst>`},
		{"xl/worksheets/sheet1.xml", `<worksheet ` + ns + `>` + data + `</worksheet>`},
	}
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.Create(p.name)
		if err == nil {
			_, err = w.Write([]byte(p.text))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inline(text string) string { return `<c t="inlineStr"><is><t>` + text + `</t></is></c>` }

func TestSheetsPackedByHand(t *testing.T) {
	head := `<row r="1"><c t="s"><v>0</v></c>` + inline("费用项目") + inline("金额") + inline("备注") + `</row>`
	row := func(n, attrs, amount string) string {
		return `<row r="` + n + `"` + attrs + `>` + inline("（2026）京0101民初"+n+"号") + inline("案件受理费") + amount + `</row>`
	}
	tests := map[string]struct {
		data  string
		want  string // of the refusal
		bills int
	}{
		"plain":               {head + row("2", "", `<c><v>2700</v></c>`), "", 1},
		"blank shared string": {head + row("2", "", `<c><v>2700</v></c><c t="s"/>`), "", 1},
		"shared, no value":    {head + row("2", "", `<c><v>2700</v></c><c t="s"><v></v></c>`), "", 1},
		"no such string":      {head + row("2", "", `<c><v>2700</v></c><c t="s"><v>7</v></c>`), "damaged", 0},
		"last row formatted": {head + row("2", "", `<c><v>2700</v></c>`) +
			`<row r="1048576" s="1"><c r="A1048576" s="1"/></row>`, "", 1},
		"percent": {head + row("2", "", `<c s="1"><v>0.27</v></c>`),
			"line 2, column 金额: the amount is a percentage", 0},
		"formula": {head + row("2", "", `<c><f>1+1</f></c>`),
			"line 2, column 金额: the cell is a formula without a value", 0},
		"formula computed": {head + row("2", "", `<c><f>1+1</f><v>2</v></c>`), "", 1},
	}
	for name, tt := range tests {
		bills, err := Read(bytes.NewReader(bookOf(t, `<sheetData>`+tt.data+`</sheetData>`)), now)
		if len(bills) != tt.bills || tt.want == "" && err != nil ||
			tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
			t.Errorf("%s: %d bills, %v, want %q", name, len(bills), err, tt.want)
		}
	}
}

func TestHiddenRowsAreCountedAndNamed(t *testing.T) {
	text := `<sheetData><row r="1">` + inline("案号") + inline("费用项目") + inline("金额") + `</row>`
	for _, n := range []string{"2", "3", "4"} {
		shown := ""
		if n != "3" {
			shown = ` hidden="1"`
		}
		text += `<row r="` + n + `"` + shown + `>` + inline("（2026）京0101民初"+n+"号") + inline("案件受理费") +
			`<c><v>1</v></c></row>`
	}
	s, err := open(t).Import(t.Context(), bytes.NewReader(bookOf(t, text+`</sheetData>`)), "list.xlsx", now)
	notes := strings.Join(s.Notes(message.Chinese), "")
	if err != nil || s.Added != 3 || !strings.Contains(notes, "有2行") || !strings.Contains(notes, "第2、4行") {
		t.Errorf("%+v, %v, %q", s, err, notes)
	}
}

func TestMergedCases(t *testing.T) {
	head := `<sheetData><row r="1">` + inline("案号") + inline("费用项目") + inline("金额") + `</row>`
	first := `<row r="2">` + inline("（2026）京0101民初1号") + inline("案件受理费") + `<c><v>1</v></c></row>`
	second := `<row r="3"><c/>` + inline("复制费") + `<c><v>2</v></c></row>`
	third := `<row r="4"><c/>` + inline("保全费") + `<c/></row>`
	merge := func(area string) string {
		return `</sheetData><mergeCells><mergeCell ref="` + area + `"/></mergeCells>`
	}
	bills, err := Read(bytes.NewReader(bookOf(t, head+first+second+merge("A2:A3"))), now)
	if err != nil || len(bills) != 2 || bills[1].Case != bills[0].Case || bills[1].Amount != 200 {
		t.Errorf("%+v, %v", bills, err)
	}
	for area, want := range map[string]string{"A2:A3": "line 4, column 案号", "C3:C4": "line 3, column 案号",
		"A2:A4": "line 4, column 金额"} {
		_, err := Read(bytes.NewReader(bookOf(t, head+first+second+third+merge(area))), now)
		if err == nil ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", area, err, want)
		}
	}
}

func TestFilesUnderAWrongName(t *testing.T) {
	for want, text := range map[string]string{
		"web page": "\r\n<html xmlns:x=\"urn:schemas-microsoft-com:office:excel\">" +
			"<table><tr><td>案号</td></tr></table></html>",
		".ods": "PK\x03\x04\x14\x00mimetypeapplication/vnd.oasis.opendocument.spreadsheet",
	} {
		if _, err := Read(strings.NewReader(text), now); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}

// Files that office programs have written; testdata/make.sh made them.
func TestFilesOfOfficePrograms(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		bills, err := Read(bytes.NewReader(text), now)
		if filepath.Ext(name) == ".ods" {
			if refused, ok := errors.AsType[*Refused](err); !ok || refused.Rows[0].Reason != "list.ods" {
				t.Errorf("%s: %v", name, err)
			}
			continue
		}
		if err != nil || len(bills) != 3 || bills[0].Amount != 270000 || bills[1].Amount != 123456 ||
			bills[0].Payer != "张*明" || bills[2].Notice != "0000123" || bills[0].Noticed.Day() != 23 {
			t.Errorf("%s: %+v, %v", name, bills, err)
		}
	}
}
