package hall

import "strings"

// Check characters of ISO 7064. Each function takes the signs without their
// check character; a sign outside its alphabet gives ok = false.

const alnum = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"

// Mod11_2 is the check character of MOD 11-2 (GB 11643, the citizen number):
// 0–9 or X.
func Mod11_2(digits string) (check byte, ok bool) {
	if !onlyDigits(digits) {
		return 0, false
	}
	p := 0
	for _, c := range digits {
		p = (p + int(c-'0')) * 2 % 11
	}
	return "0123456789X"[(12-p)%11], true
}

// Mod11_10 is the check digit of MOD 11,10, for numbers that people type.
func Mod11_10(digits string) (check byte, ok bool) {
	return hybrid(digits, alnum[:10])
}

// Mod37_36 is the check character of MOD 37,36 (electronic licences, the codes
// on our own paper): 0–9 or A–Z.
func Mod37_36(signs string) (check byte, ok bool) {
	return hybrid(signs, alnum)
}

// hybrid is a hybrid system of ISO 7064: modulus M+1, M of an alphabet.
func hybrid(signs, alphabet string) (byte, bool) {
	m := len(alphabet)
	p := m
	for i := range len(signs) {
		v := strings.IndexByte(alphabet, signs[i])
		if v < 0 {
			return 0, false
		}
		x := (p + v) % m
		if x == 0 {
			x = m
		}
		p = 2 * x % (m + 1)
	}
	if signs == "" {
		return 0, false
	}
	return alphabet[(m+1-p)%m], true
}
