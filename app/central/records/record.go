package records

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"strconv"

	"hallway/app/hall"
)

// Name is how a record is called by its order number (standards §5.4), "" of none.
func Name(no int) string { return label("manager.export.record", strconv.Itoa(no)) }

// Record is one process record with its fields.
type Record struct {
	ID        string     `json:"id" xml:"id,attr"`
	Version   int        `json:"version" xml:"version,attr"` // 数据版本, from 1
	No        int        `json:"no" xml:"no,attr"`           // hall.RecordApplication and so on
	Name      string     `json:"name" xml:"name,attr"`
	Fields    Fields     `json:"fields" xml:"-"`
	Materials []Material `json:"materials,omitempty" xml:"-"` // 材料清单
}

// Material is one line of a list of materials (材料清单).
type Material struct {
	Code      string `json:"code" xml:"CLBH"`
	Name      string `json:"name" xml:"CLMC"`
	Originals int    `json:"originals,omitempty" xml:"YJFS"`
	Copies    int    `json:"copies,omitempty" xml:"FYJFS"`
	Remark    string `json:"remark,omitempty" xml:"BZ"` // what is wrong with it, of a notice
}

// Field is one field by its code.
type Field struct{ Code, Value string }

// Fields are the fields of a record in their order; all of the standard are there,
// empty where this hall knows nothing.
type Fields []Field

// Get is the value of a field.
func (f Fields) Get(code string) string {
	for _, one := range f {
		if one.Code == code {
			return one.Value
		}
	}
	return ""
}

// MarshalJSON implements json.Marshaler: an object in the order of the fields.
func (f Fields) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, one := range f {
		if i > 0 {
			b.WriteByte(',')
		}
		for k, part := range []string{one.Code, one.Value} {
			raw, err := json.Marshal(part)
			if err != nil {
				return nil, err
			}
			if k > 0 {
				b.WriteByte(':')
			}
			b.Write(raw)
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// UnmarshalJSON implements json.Unmarshaler.
func (f *Fields) UnmarshalJSON(raw []byte) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return fmt.Errorf("fields are no object: %w", err)
	}
	*f = nil
	for d.More() {
		code, err := d.Token()
		if err != nil {
			return err
		}
		one := Field{Code: code.(string)}
		if err := d.Decode(&one.Value); err != nil {
			return err
		}
		*f = append(*f, one)
	}
	return nil
}

// MarshalXML implements xml.Marshaler: a field is an element of its code.
func (r Record) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	attr := func(name, value string) xml.Attr { return xml.Attr{Name: xml.Name{Local: name}, Value: value} }
	start := xml.StartElement{Name: xml.Name{Local: "record"}, Attr: []xml.Attr{attr("id", r.ID), attr("version", strconv.Itoa(r.Version)),
		attr("no", strconv.Itoa(r.No)), attr("name", r.Name)}}
	if err := e.EncodeToken(start); err != nil {
		return err
	}
	for _, f := range r.Fields {
		if err := e.EncodeElement(f.Value, xml.StartElement{Name: xml.Name{Local: f.Code}}); err != nil {
			return err
		}
	}
	if len(r.Materials) > 0 {
		list := struct {
			CL []Material `xml:"CL"`
		}{r.Materials}
		if err := e.EncodeElement(list, xml.StartElement{Name: xml.Name{Local: "CLQD"}}); err != nil {
			return err
		}
	}
	return e.EncodeToken(start.End())
}

// Digest is what the record says, without its version: a corrected record says
// something else.
func (r Record) Digest() (string, error) {
	r.Version = 0
	for i, f := range r.Fields {
		if f.Code == "SJBBH" {
			r.Fields = append(append(Fields{}, r.Fields[:i]...), r.Fields[i+1:]...)
			break
		}
	}
	raw, err := json.Marshal(r)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:]), nil
}

// IdentityOf is the identity of the record at a place of a case: its case, its kind,
// and how many of that kind came before. A completion is one, however often it is
// corrected (作废).
func IdentityOf(c hall.Case, index int) string {
	no, nth := c.Records[index].No, 1
	for _, r := range c.Records[:index] {
		if r.No == no && no != hall.RecordCompletion {
			nth++
		}
	}
	return c.ID + "/" + strconv.Itoa(no) + "/" + strconv.Itoa(nth)
}

// Batch is what goes up at once.
type Batch struct {
	XMLName xml.Name `json:"-" xml:"batch"`
	Hall    string   `json:"hall" xml:"hall,attr"`
	Batch   int64    `json:"batch" xml:"batch,attr"` // without gaps
	Records []Record `json:"records" xml:"record"`
}

// Formats of a batch.
const (
	JSON = "json"
	XML  = "xml"
)

// Encode writes a batch in a format.
func (b Batch) Encode(format string) ([]byte, error) {
	if format == XML {
		raw, err := xml.MarshalIndent(b, "", " ")
		if err != nil {
			return nil, fmt.Errorf("records: write the batch: %w", err)
		}
		return append([]byte(xml.Header), append(raw, '\n')...), nil
	}
	raw, err := json.MarshalIndent(b, "", " ")
	if err != nil {
		return nil, fmt.Errorf("records: write the batch: %w", err)
	}
	return append(raw, '\n'), nil
}
