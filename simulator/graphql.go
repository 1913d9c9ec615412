package simulator

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/vektah/gqlparser/v2/ast"
	"github.com/vektah/gqlparser/v2/gqlerror"
)

// graphqlRequest is the body of POST graphql.json.
type graphqlRequest struct {
	Query         string         `json:"query"`
	OperationName string         `json:"operationName"`
	Variables     map[string]any `json:"variables"`
}

// graphqlAnswer is its answer. Data is missing when nothing was run.
type graphqlAnswer struct {
	Data       any            `json:"data,omitempty"`
	Errors     []errorEntry   `json:"errors,omitempty"`
	Extensions map[string]any `json:"extensions,omitempty"`
}

// session is one request's view of a shop: who asks and what they may see. The shop's lock is held while it is used.
type session struct {
	srv      *Server
	sh       *shop
	now      time.Time
	scopes   []string
	level    int // protected customer data
	searches []map[string]any
}

// serveGraphQL is POST /{shop}/admin/api/{version}/graphql.json.
func (s *Server) serveGraphQL(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Shopify-API-Version", APIVersion)
	w.Header().Set("X-Request-Id", s.ids.uuid())

	sh, ok := s.findShop(r.PathValue("shop"))
	if !ok {
		writeJSON(w, http.StatusNotFound, map[string]any{"errors": "Not Found"})
		return
	}

	req, names, err := s.readGraphQL(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, map[string]any{"errors": err.Error()})
		return
	}

	if s.turnedAway(w, sh, names) {
		return
	}

	token := r.Header.Get("X-Shopify-Access-Token")
	_, throttled := s.faults.strike(FaultAPIThrottle, sh.domain, names...)
	status, answer := s.answerGraphQL(sh, token, req, throttled)
	if _, ok := s.faults.strike(FaultAPIRedo, sh.domain, names...); ok {
		status, answer = s.answerGraphQL(sh, token, req, false)
	}

	if f, ok := s.faults.strike(FaultAPITimeoutAfter, sh.domain, names...); ok && !s.stall(r, f) {
		panic(http.ErrAbortHandler)
	}
	writeJSON(w, status, answer)
}

// turnedAway answers for the faults that refuse a request before anything is done.
func (s *Server) turnedAway(w http.ResponseWriter, sh *shop, names []string) bool {
	if _, ok := s.faults.strike(FaultIPAllowlist, sh.domain, names...); ok {
		writeJSON(w, http.StatusForbidden, map[string]any{
			"errors": "[API] Access denied: this IP address is not on the app's IP allowlist",
		})
		return true
	}

	if f, ok := s.faults.strike(FaultAPIFail, sh.domain, names...); ok {
		writeJSON(w, failStatus(f), map[string]any{"errors": "simulated fault"})
		return true
	}
	return false
}

func failStatus(f Fault) int {
	if f.Status == 0 {
		return http.StatusServiceUnavailable
	}
	return f.Status
}

// stall waits as an api_timeout_after says, by wall time; false says that there must be no answer at all.
func (s *Server) stall(r *http.Request, f Fault) bool {
	var timeUp <-chan time.Time
	if f.MS > 0 {
		timer := time.NewTimer(time.Duration(f.MS) * time.Millisecond)
		defer timer.Stop()
		timeUp = timer.C
	}

	select {
	case <-timeUp:
		return true
	case <-r.Context().Done():
	case <-s.faults.over(f):
	}
	return false
}

// readGraphQL reads a request and the names faults can aim at: the operation's and its root fields'. The names are
// read from the text, so that a fault also strikes what does not parse.
func (s *Server) readGraphQL(r *http.Request) (graphqlRequest, []string, error) {
	var req graphqlRequest
	raw, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
	if err != nil {
		return req, nil, err
	}

	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/graphql") {
		req.Query = string(raw)
	} else {
		dec := json.NewDecoder(strings.NewReader(string(raw)))
		dec.UseNumber()
		if err := dec.Decode(&req); err != nil {
			return req, nil, errors.New("the body is not JSON")
		}
	}

	if req.Query == "" {
		return req, nil, errors.New("query: required parameter missing or invalid")
	}

	names := []string{req.OperationName}
	if doc, errs := s.schema.document(req.Query); len(errs) == 0 {
		if op := operation(doc, req.OperationName); op != nil {
			names = append(names, op.Name)
			for _, sel := range s.schema.collect([]ast.SelectionSet{op.SelectionSet}, rootType(op), nil) {
				names = append(names, sel.first().Name)
			}
		}
	}
	return req, names, nil
}

func rootType(op *ast.OperationDefinition) string {
	if op.Operation == ast.Mutation {
		return "Mutation"
	}
	return "QueryRoot"
}

// operation picks the operation to run: the named one, or the only one.
func operation(doc *ast.QueryDocument, name string) *ast.OperationDefinition {
	if name == "" && len(doc.Operations) != 1 {
		return nil
	}
	return doc.Operations.ForName(name)
}

// answerGraphQL runs a request under the shop's lock.
func (s *Server) answerGraphQL(sh *shop, token string, req graphqlRequest, throttled bool) (int, any) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	sh.settle(s.clock.now())

	t, ok := sh.tokens[token]
	if !ok || !sh.installed || !s.clock.now().Before(t.expires) {
		return http.StatusUnauthorized, map[string]any{
			"errors": "[API] Invalid API key or access token (unrecognized login or wrong password)",
		}
	}

	doc, errs := s.schema.document(req.Query)
	if len(errs) > 0 {
		return http.StatusOK, graphqlAnswer{Errors: validationErrors(errs)}
	}
	op := operation(doc, req.OperationName)
	if op == nil {
		return http.StatusOK, refusal(fmt.Sprintf("No operation named %q", req.OperationName), "BAD_REQUEST", nil)
	}

	vars, problem := s.variables(op, req.Variables)
	if problem != nil {
		return http.StatusOK, graphqlAnswer{Errors: []errorEntry{*problem}}
	}

	ses := &session{srv: s, sh: sh, now: s.clock.now(), scopes: t.scopes, level: *sh.behaviour.ProtectedDataLevel}
	return http.StatusOK, ses.spend(op, vars, throttled)
}

// spend weighs the operation against the budget and runs it.
func (ses *session) spend(op *ast.OperationDefinition, vars map[string]any, throttled bool) graphqlAnswer {
	schema, b, wall := ses.srv.schema, ses.sh.bucket, ses.srv.clock.wall
	requested := estimate{schema, vars}.operation(op)

	if requested > costMax {
		const exceeded = "Query cost is %d, which exceeds the single query max cost limit (%d)."
		return refusal(fmt.Sprintf(exceeded, requested, costMax),
			"MAX_COST_EXCEEDED", map[string]any{"cost": requested, "maxCost": costMax, "documentation": limitsPage})
	}

	if throttled || !b.take(requested, wall()) {
		out := refusal("Throttled", "THROTTLED", map[string]any{"documentation": limitsPage})
		out.Extensions = map[string]any{"cost": queryCost{Requested: requested, Throttle: b.status(wall())}}
		return out
	}

	x := &execution{schema: schema, vars: vars}
	root := ses.queryRoot()
	if op.Operation == ast.Mutation {
		root = ses.mutationRoot()
	}

	data, actual := x.run(op, root)
	actual = min(actual, requested)
	b.giveBack(requested - actual)

	out := graphqlAnswer{Data: data, Errors: x.errs, Extensions: map[string]any{
		"cost": queryCost{Requested: requested, Actual: &actual, Throttle: b.status(wall())}}}
	if len(ses.searches) > 0 {
		out.Extensions["search"] = ses.searches
	}
	return out
}

const limitsPage = "https://shopify.dev/api/usage/rate-limits"

func refusal(message, code string, more map[string]any) graphqlAnswer {
	ext := map[string]any{"code": code}
	for k, v := range more {
		ext[k] = v
	}
	return graphqlAnswer{Errors: []errorEntry{{Message: message, Extensions: ext}}}
}

// variables coerces what was sent, with the operation's defaults.
func (s *Server) variables(op *ast.OperationDefinition, given map[string]any) (map[string]any, *errorEntry) {
	out := map[string]any{}
	for _, def := range op.VariableDefinitions {
		v, ok := given[def.Variable]
		if !ok && def.DefaultValue != nil {
			v, _ = def.DefaultValue.Value(nil)
			ok = true
		}
		if !ok && !def.Type.NonNull {
			continue
		}

		c := coercion{schema: s.schema}
		out[def.Variable] = c.value(def.Type, v, nil)
		if len(c.problems) > 0 {
			return nil, variableError(def, v, c.problems)
		}
	}
	return out, nil
}

// variableError has the shape of Shopify's answer to a variable it cannot use.
func variableError(def *ast.VariableDefinition, v any, problems []problem) *errorEntry {
	e := &errorEntry{Locations: locate(def.Position), Extensions: map[string]any{
		"code": "INVALID_VARIABLE", "value": v, "problems": problems,
	}}

	var where []string
	for _, step := range problems[0].Path {
		where = append(where, fmt.Sprint(step))
	}

	e.Message = fmt.Sprintf("Variable $%s of type %s was provided invalid value", def.Variable, def.Type)
	if len(where) > 0 {
		e.Message += fmt.Sprintf(" for %s (%s)", strings.Join(where, "."), problems[0].Explanation)
	}

	if n := problems[0].tooLong; n > 0 {
		e.Message = problems[0].Explanation
		e.Extensions = map[string]any{"code": "MAX_INPUT_SIZE_EXCEEDED"}
	}
	return e
}

// validationCodes names Shopify's error codes for the validator's rules, as far as they are known.
var validationCodes = map[string]string{
	"FieldsOnCorrectType": "undefinedField", "KnownArgumentNames": "argumentNotAccepted",
	"ProvidedRequiredArguments": "missingRequiredArguments", "ValuesOfCorrectType": "argumentLiteralsIncompatible",
	"VariablesInAllowedPosition": "variableMismatch", "NoUndefinedVariables": "variableNotDefined",
	"NoUnusedVariables": "variableNotUsed", "ScalarLeafs": "selectionMismatch",
	"KnownFragmentNames": "useAndDefineFragment", "KnownTypeNames": "undefinedType",
	"KnownDirectives": "undefinedDirective",
}

var unknownField = regexp.MustCompile(`^Cannot query field "(\w+)" on type "(\w+)"`)

// validationErrors writes the validator's errors in Shopify's shape: HTTP 200, no data.
func validationErrors(errs gqlerror.List) []errorEntry {
	var out []errorEntry
	for _, e := range errs {
		entry := errorEntry{Message: e.Message, Extensions: map[string]any{}}
		if code, ok := validationCodes[e.Rule]; ok {
			entry.Extensions["code"] = code
		}

		if m := unknownField.FindStringSubmatch(e.Message); m != nil {
			entry.Message = fmt.Sprintf("Field '%s' doesn't exist on type '%s'", m[1], m[2])
			entry.Extensions["typeName"], entry.Extensions["fieldName"] = m[2], m[1]
		}
		if e.Rule == "" {
			entry.Message = "syntax error, " + e.Message
		}

		for _, l := range e.Locations {
			entry.Locations = append(entry.Locations, location{l.Line, l.Column})
		}
		out = append(out, entry)
	}
	return out
}

// writeJSON answers v with the status.
func writeJSON(w http.ResponseWriter, status int, v any) {
	raw, err := encode(v)
	if err != nil {
		http.Error(w, "simulator: "+err.Error(), http.StatusInternalServerError)
		return
	}

	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(raw) // a client that has gone cannot be told
}
