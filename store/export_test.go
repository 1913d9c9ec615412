package store

import (
	"go.mongodb.org/mongo-driver/v2/event"
	"go.mongodb.org/mongo-driver/v2/mongo"
)

// WithMonitor returns c with a monitor that sees every command.
func (c Config) WithMonitor(m *event.CommandMonitor) Config {
	c.Monitor = m
	return c
}

// Database is the raw database, for looking at documents.
func (db *DB) Database() *mongo.Database { return db.database }

// Collections are the tenant collections.
func Collections() []string { return collections }
