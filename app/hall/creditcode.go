package hall

import "strings"

const creditAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// CreditCode is a unified social credit code (统一社会信用代码, GB 32100-2015). It
// is public data.
type CreditCode struct {
	Code         string
	Authority    string // 1: registration authority
	Kind         string // 2: kind of body
	Area         string // 3–8
	Organisation string // 9–17, with its own check character
}

// ParseCreditCode reads a code as typed, and checks both its own check
// character and the one of the organisation code inside (GB 11714).
//
// Codes of its errors: credit_length, credit_char, credit_org_check,
// credit_check.
func ParseCreditCode(s string) (CreditCode, error) {
	s = tidy(s)
	if len(s) != 18 {
		return CreditCode{}, &InputError{Code: "credit_length"}
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(creditAlphabet, s[i])
		if v < 0 {
			return CreditCode{}, &InputError{Code: "credit_char"}
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	switch {
	case !onlyDigits(s[2:8]) || strings.IndexByte(creditAlphabet, s[17]) < 0:
		return CreditCode{}, &InputError{Code: "credit_char"}
	case creditAlphabet[(31-sum%31)%31] != s[17]:
		return CreditCode{}, &InputError{Code: "credit_check"}
	}
	if check, ok := OrganisationCheck(s[8:16]); !ok || check != s[16] {
		return CreditCode{}, &InputError{Code: "credit_org_check"}
	}
	return CreditCode{s, s[:1], s[1:2], s[2:8], s[8:17]}, nil
}

// OrganisationCheck is the ninth character of an organisation code (GB 11714):
// weights 3 7 9 10 5 8 4 2, letters A=10…Z=35; 10 → X, 11 → 0.
func OrganisationCheck(eight string) (check byte, ok bool) {
	if !shape(eight, "********") {
		return 0, false
	}
	sum := 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += strings.IndexByte(alnum, eight[i]) * w
	}
	return "0123456789X0"[11-sum%11], true
}

// LicenceCheck is the last character of an electronic licence's identifier
// (GB/T 36904), over its four middle parts: MOD 37,36. A failing check on
// somebody else's licence is a warning, not a refusal.
func LicenceCheck(identifier string) (check byte, ok bool) {
	parts := strings.Split(identifier, ".")
	const root = 5 // 1.2.156.3005.2
	if len(parts) < root+4 || strings.Join(parts[:root], ".") != "1.2.156.3005.2" {
		return 0, false
	}
	return Mod37_36(strings.Join(parts[root:root+4], ""))
}

// PostCheck is the check digit of an S10 item number of the post: weights
// 8 6 4 2 3 5 9 7; 10 → 0, 11 → 5.
func PostCheck(eight string) (check byte, ok bool) {
	if !shape(eight, "99999999") {
		return 0, false
	}
	sum := 0
	for i, w := range [8]int{8, 6, 4, 2, 3, 5, 9, 7} {
		sum += int(eight[i]-'0') * w
	}
	return "012345678905"[11-sum%11], true
}
