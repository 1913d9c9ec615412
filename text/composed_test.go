package text

import (
	"go/ast"
	"go/token"
	"maps"
	"slices"
)

// A filler is a function that says an entry whose id it puts together: its own beginning, and what a parameter adds.
type filler struct {
	begins string
	param  int
}

// fillers are functions by their names, as far as one can see them.
type fillers map[string][]filler

// composed lists the ids that a file puts together of texts that are written out: `say("first")`, where say adds it to
// the beginning of an id. What is known only when the program runs is left out.
func composed(file *ast.File) map[string]bool {
	ids := map[string]bool{}
	if file == nil {
		return ids
	}

	known := fillers{"Say": {{}}, "find": {{}}, "orNothing": {{}}}
	for range 3 { // functions that call functions that say
		for _, d := range file.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
				known.learn(f.Name.Name, f.Type, f.Body)
			}
		}
	}
	for _, d := range file.Decls {
		if f, ok := d.(*ast.FuncDecl); ok && f.Body != nil {
			known.within(f.Body).collect(f.Body, ids)
		}
	}
	return ids
}

// learn notes how a function puts ids together, by what is known of those that it calls.
func (k fillers) learn(name string, signature *ast.FuncType, body *ast.BlockStmt) {
	params := map[string]int{}
	at := 0
	for _, field := range signature.Params.List {
		for _, param := range field.Names {
			params[param.Name] = at
			at++
		}
	}

	k.within(body).calls(body, func(begins string, rest ast.Expr) {
		added, ok := rest.(*ast.Ident)
		if !ok {
			return
		}
		param, ok := params[added.Name]
		if !ok {
			return
		}
		if how := (filler{begins, param}); !slices.Contains(k[name], how) {
			k[name] = append(slices.Clone(k[name]), how)
		}
	})
}

// within adds the functions that a body gives a name.
func (k fillers) within(body *ast.BlockStmt) fillers {
	inside := maps.Clone(k)
	for range 3 {
		ast.Inspect(body, func(n ast.Node) bool {
			set, ok := n.(*ast.AssignStmt)
			if !ok || len(set.Lhs) != 1 || len(set.Rhs) != 1 {
				return true
			}
			name, named := set.Lhs[0].(*ast.Ident)
			f, made := set.Rhs[0].(*ast.FuncLit)
			if named && made {
				inside.learn(name.Name, f.Type, f.Body)
			}
			return true
		})
	}
	return inside
}

// calls finds the calls that say something: the beginning of the id, and what is added, which is nil where all is
// written out.
func (k fillers) calls(body *ast.BlockStmt, each func(begins string, rest ast.Expr)) {
	ast.Inspect(body, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		for _, f := range k[called(call)] {
			if f.param >= len(call.Args) {
				continue
			}
			switch arg := call.Args[f.param].(type) {
			case *ast.BasicLit:
				if text, ok := stringOf(arg); ok {
					each(f.begins+text, nil)
				}
			case *ast.BinaryExpr:
				if text, ok := stringOf(arg.X); ok && arg.Op == token.ADD {
					each(f.begins+text, arg.Y)
				}
			default:
				each(f.begins, arg)
			}
		}
		return true
	})
}

// collect notes the ids that are complete.
func (k fillers) collect(body *ast.BlockStmt, ids map[string]bool) {
	k.calls(body, func(begins string, rest ast.Expr) {
		if rest == nil && idPattern.MatchString(begins) {
			ids[begins] = true
		}
	})
}

// merged is the union of two sets.
func merged(a, b map[string]bool) map[string]bool {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return both
}
