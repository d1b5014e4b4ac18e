package desk

import (
	"courtkiosk/app/clerk"
)

const pinPath = "/pin"

var pinRoutes = []Route{
	{Pattern: "GET " + pinPath, Right: clerk.Own, Serve: pinPage},
	{Pattern: "POST " + pinPath, Right: clerk.Own, Serve: changePIN},
}

// A pinView is the page on which somebody changes the own PIN.
type pinView struct{ Second bool }

func pinPage(v *Visit) error {
	v.Back = "/"
	return v.Show("pin", "更改 PIN", pinView{clerk.Role(v.Clerk.Person.Role).TwoFactors()})
}

// changePIN looks at the new PIN before anything is proved for it: a code of the second factor counts once.
func changePIN(v *Visit) error {
	f := v.R.PostForm
	why := ""
	switch to := f.Get("new"); {
	case to != f.Get("again"):
		why = "pin-differs"
	case v.Clerk.NewPIN(to) != nil:
		why = "pin-weak"
	case to == f.Get("pin"):
		why = "pin-same"
	}
	if why != "" {
		n := Note{Level: "warn", Icon: "lock", Lead: words(why).Lead, Text: words("pin-kept").Lead, Gone: true}
		return v.Go(pinPath, n)
	}
	c, ok, err := v.Proven(pinPath)
	if !ok {
		return err
	}
	if err := v.Desk.ChangePIN(v.Context(), c, f.Get("new")); err != nil {
		v.Back = pinPath
		return err
	}
	return v.Go(pinPath, words("pin-changed"))
}
