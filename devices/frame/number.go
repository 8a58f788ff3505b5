package frame

import (
	"fmt"
	"strconv"
	"strings"
)

// NumberOf is the number that a display of digits shows for a ticket number:
// its digits, A012 as 12; greater ones than it can show are an error. Empty is 0.
func NumberOf(ticket string, most uint32) (uint32, error) {
	if ticket == "" {
		return 0, nil
	}
	digits := strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, ticket)
	n, err := strconv.ParseUint(digits, 10, 32)
	if err != nil || uint32(n) > most {
		return 0, fmt.Errorf("number %q has no digits that a display up to %d can show", ticket, most)
	}
	return uint32(n), nil
}
