package departments

import (
	"context"
	"net/http"
	"reflect"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"
)

// Version of the contract.
const Version = "1.0.0"

// ProviderPrefix is where a department's service has its four addresses when
// only one base address is configured.
const ProviderPrefix = "/department/v1"

// Subject is whom a material is of: as little as finds it in the department's
// register.
type Subject struct {
	DocKind string `json:"doc_kind" doc:"kind of the identity document, e.g. 111" maxLength:"8"`
	DocNo   string `json:"doc_no" doc:"its number" maxLength:"64"`
	Name    string `json:"name" doc:"the person's name as on the document" maxLength:"240"`
}

// Query asks whether the material can be supplied. It may be repeated; nothing
// is to be prepared for it.
type Query struct {
	Request  string  `json:"request" doc:"identity of the question" maxLength:"200"`
	Subject  Subject `json:"subject"`
	Item     string  `json:"item" doc:"code of the service item" maxLength:"64"`
	Material string  `json:"material" doc:"code of the material" maxLength:"64"`
	Method   string  `json:"method" enum:"E_SHARE,PAPER_SHARE" doc:"as a file, or on paper"`
}

// Answers of a department to a query.
const (
	Yes = "yes"
	No  = "no"
)

// QueryAnswer is the answer to a query. A department that does not know yet
// answers with an error; the person then tries again.
type QueryAnswer struct {
	Answer string `json:"answer" enum:"yes,no"`
	Reason string `json:"reason,omitempty" doc:"a code: why not" maxLength:"64"`
}

// Order asks for the material, to be called back with its file or a refusal
// under the same request id (see the centre's call-backs). The same order again
// is the same order.
type Order struct {
	Request  string  `json:"request" doc:"case/material/attempt; the call-back's path ends with it" maxLength:"200"`
	Subject  Subject `json:"subject"`
	Item     string  `json:"item" maxLength:"64"`
	Material string  `json:"material" maxLength:"64"`
}

// Notice tells which papers are to be brought out. A station in the department
// prints their labels and signs them out.
type Notice struct {
	Request string        `json:"request" doc:"identity of the notice" maxLength:"200"`
	Subject Subject       `json:"subject"`
	Item    string        `json:"item" maxLength:"64"`
	Papers  []NoticePaper `json:"papers" minItems:"1" maxItems:"400"`
}

// NoticePaper is one paper of a notice.
type NoticePaper struct {
	ID       string `json:"id" doc:"application number/material/attempt, as on its label" maxLength:"200"`
	Material string `json:"material" maxLength:"64"`
}

// Withdrawal says what is not wanted any more. What is unknown is passed over.
type Withdrawal struct {
	Request  string   `json:"request" doc:"identity of the withdrawal" maxLength:"200"`
	Papers   []string `json:"papers,omitempty" maxItems:"400" doc:"ids of papers that stay in the department"`
	Requests []string `json:"requests,omitempty" maxItems:"400" doc:"request ids of orders"`
}

// Provider is a department's service: what a department implements. Errors
// that are a huma.StatusError keep their status.
type Provider interface {
	Query(ctx context.Context, department string, q Query) (QueryAnswer, error)
	Order(ctx context.Context, department string, o Order) error
	Notice(ctx context.Context, department string, n Notice) error
	Withdraw(ctx context.Context, department string, w Withdrawal) error
}

// SignedHeaders are the headers of every message of the contract.
type SignedHeaders struct {
	Department string `header:"Hallway-Department" required:"true" maxLength:"64" doc:"id of the department whose secret signs"`
	Timestamp  int64  `header:"Hallway-Timestamp" required:"true" doc:"milliseconds since 1970-01-01 UTC; counts for five minutes"`
	Request    string `header:"Hallway-Request" required:"true" maxLength:"200" doc:"request id"`
	Digest     string `header:"Content-Digest" required:"true" maxLength:"256" doc:"sha-256=:BASE64: of the body, RFC 9530"`
	Signature  string `header:"Hallway-Signature" required:"true" maxLength:"67" doc:"v1=HEX: HMAC-SHA256 under the department's secret over these lines, each ended by a line feed: hallway-departments-v1, method, path, timestamp, department, request id, Content-Digest"`
}

type queryInput struct {
	SignedHeaders
	Body Query
}

type queryOutput struct{ Body QueryAnswer }

type orderInput struct {
	SignedHeaders
	Body Order
}

type noticeInput struct {
	SignedHeaders
	Body Notice
}

type withdrawInput struct {
	SignedHeaders
	Body Withdrawal
}

// providerTag marks the routes that a department serves.
const providerTag = "department"

func providerOperation(api huma.API, id, path, summary string, status int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: http.MethodPost, Path: ProviderPrefix + path, Summary: summary, DefaultStatus: status,
		Tags: []string{providerTag}, MaxBodyBytes: maxMessage,
		Responses: problems(api, http.StatusBadRequest, http.StatusUnauthorized, http.StatusUnprocessableEntity, http.StatusServiceUnavailable),
	}
}

// problems documents the answers that are none of success.
func problems(api huma.API, statuses ...int) map[string]*huma.Response {
	all := map[string]*huma.Response{}
	schema := api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Fault](), true, "Fault")
	for _, status := range statuses {
		all[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status), Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
	return all
}

// maxMessage bounds a message of the contract that is no file.
const maxMessage = 64 << 10

// RegisterProvider puts the routes that a department serves on an API. The
// caller's middleware has checked signature and digest (see Guard).
func RegisterProvider(api huma.API, p Provider) {
	huma.Register(api, providerOperation(api, "queryMaterial", "/query", "Can this material be supplied?", http.StatusOK),
		func(ctx context.Context, in *queryInput) (*queryOutput, error) {
			a, err := p.Query(ctx, in.Department, in.Body)
			return &queryOutput{Body: a}, err
		})
	huma.Register(api, providerOperation(api, "requestMaterial", "/request", "Supply this material by call-back", http.StatusAccepted),
		func(ctx context.Context, in *orderInput) (*struct{}, error) {
			return nil, p.Order(ctx, in.Department, in.Body)
		})
	huma.Register(api, providerOperation(api, "noticePapers", "/notice", "Bring these papers out", http.StatusAccepted),
		func(ctx context.Context, in *noticeInput) (*struct{}, error) {
			return nil, p.Notice(ctx, in.Department, in.Body)
		})
	huma.Register(api, providerOperation(api, "withdraw", "/withdraw", "These are not wanted any more", http.StatusAccepted),
		func(ctx context.Context, in *withdrawInput) (*struct{}, error) {
			return nil, p.Withdraw(ctx, in.Department, in.Body)
		})
}

// Guard checks the signature, the time and the digest of a message to a
// department before anything of it is read. secret gives the secret of one of
// the departments that the service is; its answer nil refuses.
func Guard(secret func(department string) []byte, now func() time.Time) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			body, problem := checkMessage(r, secret, now())
			if problem != nil {
				problem.write(w)
				return
			}
			next.ServeHTTP(w, withBody(r, body))
		})
	}
}

func init() { huma.DefaultArrayNullable = false } // every list in our messages is a list, never null

// NewAPI is an empty API in the house's way: JSON only, no documents served.
func NewAPI(mux *http.ServeMux, title, description string) huma.API {
	cfg := huma.DefaultConfig(title, Version)
	cfg.OpenAPIPath, cfg.DocsPath, cfg.SchemasPath = "", "", ""
	cfg.CreateHooks = nil
	cfg.Info.Description = description
	return humago.New(mux, cfg)
}
