package simulator

import (
	"bytes"
	"io"
	"mime"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// proxyTimeout bounds one request through the app proxy; Shopify does not publish its own.
const proxyTimeout = 10 * time.Second

// signedParams are what the proxy adds to a query. Source: shopify.dev, app proxies.
var signedParams = []string{"shop", "logged_in_customer_id", "path_prefix", "timestamp", "signature"}

// droppedHeaders never come back through the proxy. Source: shopify.dev, app proxies; the last four are hop by hop.
var droppedHeaders = []string{
	"Accept-Patch", "Accept-Ranges", "Connection", "Cookie", "Date", "Delta-Base", "IM", "P3P", "Pragma",
	"Preference-Applied", "Proxy-Authenticate", "Public-Key-Pins", "Server", "Service-Worker-Allowed", "Set-Cookie",
	"Trailer", "Tk", "Warning", "X-Powered-By", "Content-Length", "Keep-Alive", "Transfer-Encoding", "Upgrade",
}

// clientIPHeader lets a test choose the visitor's address. It is the simulator's own and never reaches the app.
const clientIPHeader = "X-Sim-Client-Ip"

// proxyClient follows redirects itself, as Shopify does, and keeps no cookies.
var proxyClient = &http.Client{
	Timeout:   proxyTimeout,
	Transport: &http.Transport{DisableCompression: true, MaxIdleConnsPerHost: 64, IdleConnTimeout: 30 * time.Second},
}

// serveProxy is ANY /{shop}/apps/friends/...: it forwards to the app with a signed query.
func (s *Server) serveProxy(w http.ResponseWriter, r *http.Request) {
	sh, ok := s.findShop(r.PathValue("shop"))
	if !ok {
		http.NotFound(w, r)
		return
	}

	q, ok := s.proxyQuery(sh, r)
	base, err := s.appAddress(s.app.proxy.url)
	if !ok || err != nil {
		http.NotFound(w, r) // no app, no proxy
		return
	}

	req, err := proxyRequest(r, base+proxyRest(r)+"?"+q.Encode(), sh.domain)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}

	res, err := proxyClient.Do(req)
	if err != nil {
		s.log.WarnContext(r.Context(), "proxy request failed", "shop", sh.domain, "err", withoutURL(err))
		http.Error(w, "There was an error in the third-party application.", http.StatusBadGateway)
		return
	}

	defer func() { _ = res.Body.Close() }()
	for name, values := range res.Header {
		if !slices.Contains(droppedHeaders, name) {
			w.Header()[name] = values
		}
	}

	if media, _, _ := mime.ParseMediaType(res.Header.Get("Content-Type")); media == liquidType {
		s.serveLiquid(w, r, res)
		return
	}
	w.WriteHeader(res.StatusCode)
	_, _ = io.Copy(w, res.Body) // a visitor or an app that has gone cannot be told
}

// liquidType is the content type of an answer that is rendered inside the theme. Source: shopify.dev, app proxies.
const liquidType = "application/liquid"

// serveLiquid renders an app's answer as Liquid, inside the shop's theme. What cannot be rendered says so in its place.
func (s *Server) serveLiquid(w http.ResponseWriter, r *http.Request, res *http.Response) {
	source, err := io.ReadAll(io.LimitReader(res.Body, maxRequestBody))
	if err != nil {
		http.Error(w, "There was an error in the third-party application.", http.StatusBadGateway)
		return
	}

	w.Header().Del("Content-Type")
	s.servePage(w, r, func(*visit) (*pageView, error) {
		page := &pageView{template: "proxied.html", Type: "page", proxied: string(source)}
		if res.StatusCode != http.StatusOK {
			page.status = res.StatusCode
		}
		return page, nil
	})
}

// proxyRest is the path below the proxy's.
func proxyRest(r *http.Request) string {
	if rest := r.PathValue("rest"); rest != "" {
		return (&url.URL{Path: "/" + rest}).EscapedPath()
	}
	return ""
}

// proxyQuery adds Shopify's parameters and signs; false says that the app is not installed in the shop.
func (s *Server) proxyQuery(sh *shop, r *http.Request) (url.Values, bool) {
	sh.mu.Lock()
	defer sh.mu.Unlock()
	if !sh.installed || !hasScope(sh.scopes, "write_app_proxy") {
		return nil, false
	}

	q := r.URL.Query()
	if sh.behaviour.DuplicateProxyParams == Stripped {
		for _, name := range signedParams {
			q.Del(name)
		}
	}

	customer := ""
	if c := sh.visitor(r); c != nil {
		customer = idText(c.id)
	}

	q.Add("shop", sh.domain)
	q.Add("logged_in_customer_id", customer)
	q.Add("path_prefix", s.app.proxy.path())
	q.Add("timestamp", strconv.FormatInt(s.clock.now().Unix(), 10))
	q.Add("signature", signProxy(s.cfg.ClientSecret, q))
	return q, true
}

// proxyRequest copies method, headers and body, without cookies.
func proxyRequest(r *http.Request, address, shop string) (*http.Request, error) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxRequestBody))
	if err != nil {
		return nil, err
	}

	req, err := http.NewRequestWithContext(r.Context(), r.Method, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}

	for name, values := range r.Header {
		if !slices.Contains(droppedHeaders, name) && name != clientIPHeader {
			req.Header[name] = slices.Clone(values)
		}
	}

	forwarded := append(r.Header.Values("X-Forwarded-For"), visitorIP(r))
	req.Header.Set("X-Forwarded-For", strings.Join(forwarded, ", "))
	req.Header.Set("X-Forwarded-Host", shop)
	return req, nil
}

func visitorIP(r *http.Request) string {
	if ip := r.Header.Get(clientIPHeader); ip != "" {
		return ip
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}

// customerCookie says who is signed in to the storefront: a customer's id.
const customerCookie = "_sim_customer"

// visitor is the customer signed in, or nil. The caller holds the shop's lock.
func (sh *shop) visitor(r *http.Request) *customer {
	cookie, err := r.Cookie(customerCookie)
	if err != nil {
		return nil
	}

	id, err := strconv.ParseInt(cookie.Value, 10, 64)
	if err != nil {
		return nil
	}
	return sh.customers[id]
}
