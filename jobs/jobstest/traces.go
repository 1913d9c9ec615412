package jobstest

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/redis/go-redis/v9"
	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// Database is every document of a database, a line each.
func Database(ctx context.Context, db *mongo.Database) ([]string, error) {
	names, err := db.ListCollectionNames(ctx, bson.D{})
	if err != nil {
		return nil, err
	}

	var all []string
	for _, name := range names {
		cursor, err := db.Collection(name).Find(ctx, bson.D{})
		if err != nil {
			return nil, err
		}
		for cursor.Next(ctx) {
			all = append(all, name+" "+cursor.Current.String())
		}

		if err := cursor.Err(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// RedisTexts is every key of a Redis with its value, a line each. Values are read as what they are: DUMP compresses
// them, and what is compressed is not found by its text.
func RedisTexts(ctx context.Context, client redis.UniversalClient) ([]string, error) {
	var all []string
	keys := client.Scan(ctx, 0, "*", 1000).Iterator()
	for keys.Next(ctx) {
		value, err := redisValue(ctx, client, keys.Val())
		if errors.Is(err, redis.Nil) { // it has run out meanwhile
			continue
		}
		if err != nil {
			return nil, err
		}
		all = append(all, keys.Val()+" "+value)
	}
	return all, keys.Err()
}

func redisValue(ctx context.Context, client redis.UniversalClient, key string) (string, error) {
	kind, err := client.Type(ctx, key).Result()
	if err != nil {
		return "", err
	}

	var value any
	switch kind {
	case "none":
		return "", redis.Nil
	case "string":
		value, err = client.Get(ctx, key).Result()
	case "hash":
		value, err = client.HGetAll(ctx, key).Result()
	case "list":
		value, err = client.LRange(ctx, key, 0, -1).Result()
	case "set":
		value, err = client.SMembers(ctx, key).Result()
	case "zset":
		value, err = client.ZRange(ctx, key, 0, -1).Result()
	default:
		return "", fmt.Errorf("jobstest: %s is a %s, which nobody reads", key, kind)
	}
	return fmt.Sprint(value), err
}

// Traces tells where texts stand in lines, once for each line and text.
func Traces(lines []string, texts ...string) (found []string) {
	for _, line := range lines {
		for _, text := range texts {
			if at := strings.Index(line, text); at >= 0 {
				around := line[max(0, at-60) : at+len(text)]
				found = append(found, fmt.Sprintf("%q is left in %.90s … %s", text, line, around))
			}
		}
	}
	return found
}
