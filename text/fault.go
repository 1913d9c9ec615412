package text

import (
	"twofold/fault"
)

// Error words an error for the one who is answered: by its code, else by its kind. It tells nothing of the cause.
func (p *Printer) Error(err error) string {
	values := With(fault.ValuesOf(err))
	if said, ok := p.Code(fault.CodeOf(err), values); ok {
		return said
	}
	said, _ := p.Code(string(fault.KindOf(err)), nil)
	return said
}

// Shopper words an error for a shopper. A code that only merchants or operators meet is no shopper's matter: they
// read that the service is busy.
func (p *Printer) Shopper(err error) string {
	code := fault.CodeOf(err)
	if said, ok := p.find("shopper.fault."+code, With(fault.ValuesOf(err))); ok {
		return said
	}
	if _, others := p.Code(code, nil); others {
		return p.Say("shopper.fault.unavailable")
	}
	return p.Say("shopper.fault." + string(fault.KindOf(err)))
}

// Operator words an error for the person who runs the program. What they can mend is told in its own words alone. What
// is out of reach is told with its causes as well. What is broken here, or has no words, is told by its causes.
func (p *Printer) Operator(err error) string {
	code, kind := fault.CodeOf(err), fault.KindOf(err)
	said, worded := p.Code(code, With(fault.ValuesOf(err)))

	switch {
	case !worded, code == string(kind): // Internal has no code to show
		return err.Error()
	case kind == fault.Unavailable:
		return p.Say("operator.with_causes", With{"said": said, "causes": err.Error()})
	}
	return said
}

// Code words a code of package fault; false where there is no such code. Each code stands under those who meet it
// first: shopper, merchant or operator.
func (p *Printer) Code(code string, values With) (string, bool) {
	for _, audience := range []string{"shopper", "merchant", "operator"} {
		if said, ok := p.find(audience+".fault."+code, values); ok {
			return said, true
		}
	}
	return "", false
}
