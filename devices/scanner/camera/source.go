package camera

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"hallway/devices/port"
)

// Parse reads a camera's address; see the package's own text.
func Parse(address string) (port.Opener, error) { return parse(address, nil, false) }

// ParseFull is Parse for a camera whose pictures are wanted as large as it makes them,
// and in colour.
func ParseFull(address string, wrap func(port.Opener) port.Opener) (port.Opener, error) {
	return parse(address, wrap, true)
}

// parse puts wrap, where there is one, around a line of bytes: a transcript. The
// other cameras have no bytes to keep.
func parse(address string, wrap func(port.Opener) port.Opener, full bool) (port.Opener, error) {
	scheme, target, _ := strings.Cut(address, ":")
	switch {
	case target == "":
	case scheme == "mjpeg" || scheme == "replay":
		line, err := port.Parse(strings.Replace(address, "mjpeg:", "tcp:", 1))
		if err != nil {
			return nil, bad(address, err.Error())
		}
		if wrap != nil {
			line = wrap(line)
		}
		return MJPEG(line), nil
	case wrap != nil:
		return nil, bad(address, "only what a camera sends as mjpeg can be recorded")
	case scheme == "pictures":
		return opener{address, func(ctx context.Context) (port.Port, error) { return openPictures(address, target) }}, nil
	case scheme == "v4l":
		at := place{path: target}
		if !filepath.IsAbs(target) {
			id, err := port.ParseID(target)
			if err != nil {
				return nil, bad(address, err.Error())
			}
			at = place{id: id}
		}
		return opener{address, func(ctx context.Context) (port.Port, error) { return openVideo(ctx, address, at, full) }}, nil
	}
	return nil, bad(address, "want v4l:MAKER:PRODUCT or v4l:/dev/videoN, mjpeg:HOST:PORT, or pictures:FOLDER")
}

func bad(address, why string) error {
	return &port.Error{Code: port.BadAddress, Port: address, Op: "parse", Err: errors.New(why)}
}

// opener opens what a function opens.
type opener struct {
	address string
	open    func(context.Context) (port.Port, error)
}

func (o opener) Address() string { return o.address }

func (o opener) Open(ctx context.Context) (port.Port, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return o.open(ctx)
}

// place is where a camera is: by its node or its identity.
type place struct {
	path string
	id   port.ID
}

// nodes are the nodes that may be the camera: one camera has several.
func (p place) nodes(sys port.Sys) ([]string, error) {
	if p.path != "" {
		return []string{p.path}, nil
	}
	var out []string
	device := ""
	for _, n := range sys.List(port.ClassVideo) {
		if n.VID != p.id.VID || n.PID != p.id.PID || p.id.Serial != "" && n.Serial != p.id.Serial ||
			p.id.Topology != "" && n.Topology != p.id.Topology {
			continue
		}
		if device != "" && device != n.Topology {
			return nil, &port.Error{Code: port.Ambiguous, Op: "open",
				Err: fmt.Errorf("%s are at %s and %s; write one of them after @", p.id, device, n.Topology)}
		}
		device = n.Topology
		out = append(out, n.Dev)
	}
	if out == nil {
		return nil, fmt.Errorf("no camera %s: %w", p.id, os.ErrNotExist)
	}
	return out, nil
}

// fault makes a port error of what the system says.
func fault(address, op string, err error) error {
	var known *port.Error
	if errors.As(err, &known) {
		return &port.Error{Code: known.Code, Port: address, Op: op, Err: known.Err}
	}
	code := port.Protocol
	switch {
	case errors.Is(err, os.ErrNotExist) || isGone(err):
		code = port.Gone
	case errors.Is(err, os.ErrPermission):
		code = port.Permission
	case isBusy(err):
		code = port.InUse
	}
	return &port.Error{Code: code, Port: address, Op: op, Err: err}
}
