package store

import (
	"context"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/bson"

	"twofold/fault"
)

// Info is what twofold doctor tells of the database.
type Info struct {
	Version    string  // of MongoDB: "6.0.5"
	Major      int     // its first number; 0 when it cannot be read
	ReplicaSet string  // its name; "" on a sharded cluster or a lone server
	Sharded    bool    // the address is a mongos
	Schema     int     // version of the schema; 0: none yet
	Problems   []error // indexes that are missing or not as declared, as Invalid; each code says how to mend it
}

// Info asks the database who it is, and looks for indexes that are not as they should be. Error: Unavailable.
func (db Schema) Info(ctx context.Context) (Info, error) {
	var hello struct {
		SetName string `bson:"setName"`
		Msg     string `bson:"msg"`
	}
	if err := db.database.RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&hello); err != nil {
		return Info{}, failed("info", err)
	}

	var build struct {
		Version string `bson:"version"`
		Numbers []int  `bson:"versionArray"`
	}
	if err := db.database.RunCommand(ctx, bson.D{{Key: "buildInfo", Value: 1}}).Decode(&build); err != nil {
		return Info{}, failed("info", err)
	}

	info := Info{
		Version:    build.Version,
		ReplicaSet: hello.SetName,
		Sharded:    hello.Msg == "isdbgrid", // what a mongos answers
	}
	if len(build.Numbers) > 0 {
		info.Major = build.Numbers[0]
	}

	var err error
	if info.Schema, err = db.schemaVersion(ctx); err != nil {
		return Info{}, failed("info", err)
	}

	for _, name := range collections {
		found, err := db.indexProblems(ctx, name)
		if err != nil {
			return Info{}, failed("info", err)
		}
		info.Problems = append(info.Problems, found...)
	}

	return info, nil
}

// indexSpec is how the server lists an index.
type indexSpec struct {
	Name    string `bson:"name"`
	Keys    bson.D `bson:"key"`
	Unique  bool   `bson:"unique"`
	Partial bson.D `bson:"partialFilterExpression"`
	Expires *int32 `bson:"expireAfterSeconds"`
}

// indexProblems compares a collection's indexes with those declared.
func (db Schema) indexProblems(ctx context.Context, collection string) ([]error, error) {
	cursor, err := db.database.Collection(collection).Indexes().List(ctx)
	if err != nil {
		return nil, err
	}

	var specs []indexSpec
	if err := cursor.All(ctx, &specs); err != nil {
		return nil, err
	}

	there := map[string]indexSpec{}
	for _, spec := range specs {
		there[spec.Name] = spec
	}

	var problems []error
	for _, i := range indexes {
		if i.collection != collection {
			continue
		}

		named := fault.Values{"index": collection + "." + i.name}
		if spec, found := there[i.name]; !found {
			problems = append(problems, fault.With(fault.Invalid, "index_missing", named))
		} else if !i.matches(spec) {
			problems = append(problems, fault.With(fault.Invalid, "index_differs", named))
		}
	}

	return problems, nil
}

// matches compares the declaration with what the server has, keys in their order.
func (i index) matches(spec indexSpec) bool {
	sameKeys := fmt.Sprint(i.keys) == fmt.Sprint(spec.Keys)
	samePart := fmt.Sprint(i.filter()) == fmt.Sprint(spec.Partial)
	return sameKeys && samePart && i.unique == spec.Unique && i.expires == (spec.Expires != nil)
}
