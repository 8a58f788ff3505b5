package bench

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"
	"time"
)

func TestLineReallyRefuses(t *testing.T) {
	centre := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprint(w, "here")
		if r.URL.Path == "/stream" {
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		}
	}))
	defer centre.Close()
	s := newStand(t, t.TempDir(), strings.TrimPrefix(centre.URL, "http://"))
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: time.Minute}
	url := "http://" + s.bench.State().Lines[0].Listen
	get := func() error {
		res, err := client.Get(url)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			_ = res.Body.Close()
		}
		return err
	}
	if err := get(); err != nil {
		t.Fatal(err)
	}
	res, err := client.Get(url + "/stream")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	s.must("/lines", `{"id":"k","up":false}`)
	if _, err := io.ReadAll(res.Body); err == nil {
		t.Error("the open connection ended as if all were well")
	}
	if err := get(); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new connection: %v, want refused", err)
	}
	if l := s.bench.State().Lines[0]; l.Up || l.Connections != 0 {
		t.Errorf("line %+v", l)
	}
	s.must("/lines", `{"id":"k","up":true}`)
	if err := get(); err != nil {
		t.Errorf("after the line came back: %v", err)
	}
}
