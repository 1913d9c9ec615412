// Package local starts real servers on this machine for development and tests: a MongoDB
// replica set of one and a Redis.
//
// Both listen on a port of their own on 127.0.0.1 only, keep their files in a folder of their own, and end with the
// process that started them. Kill and Restart let a test see what a crash leaves behind. The package imports none of
// ours; production never uses it. The programs come from scripts/setup.
//
// Begin with StartMongo and StartRedis; server.go starts, awaits and ends either.
package local
