package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"twofold/fault"
)

// failed names the operation of an error and translates what the driver said into a fault. nil stays nil.
func failed(operation string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("store: %s: %w", operation, translate(err))
}

// translate gives a driver's error its kind: duplicate key → Conflict, no document → NotFound, no primary, no answer or
// no majority in time → Unavailable. An error that is a fault already stays as it is; anything else is Internal.
func translate(err error) error {
	if _, ours := errors.AsType[*fault.Error](err); ours {
		return err
	}

	switch {
	case errors.Is(err, mongo.ErrNoDocuments):
		return fault.ForLog(fault.NotFound, "%w", err)
	case outage(err):
		return fault.ForLog(fault.Unavailable, "%w", withoutKeys(err))
	case mongo.IsDuplicateKeyError(err):
		return fault.New(fault.Conflict, "changed_meanwhile")
	}

	return fault.ForLog(fault.Internal, "the database refused the operation: %w", withoutKeys(err))
}

// withoutKeys keeps an error out of the log that names the value of a duplicate key: it may be a discount code.
func withoutKeys(err error) error {
	if mongo.IsDuplicateKeyError(err) {
		return errors.New("one of the writes was a duplicate")
	}
	return err
}

// transientLabels are the error labels of operations that may work later. Source: MongoDB driver specifications,
// retryable writes and transactions.
var transientLabels = []string{
	"NetworkError", "RetryableWriteError", "RetryableReadError", "TransientTransactionError",
	"UnknownTransactionCommitResult", "SystemOverloadedError",
}

// stateCodes are the server's codes of a node that steps down, shuts down or has lost its majority.
// Source: mongodb/mongo, src/mongo/base/error_codes.yml, categories RetriableError and NotPrimaryError.
var stateCodes = []int{
	6, 7, 64, 89, 91, 100, 112, 133, 134, 189, 202, 262, 358, 384, 9001, 10058, 10107, 11600, 11602, 13388, 13435,
	13436,
}

// outage tells whether err says that MongoDB did not answer in time, or answered without a majority's promise. A
// write-concern error counts even beside a duplicate key: then it is not known how durable the first one is.
func outage(err error) bool {
	switch {
	case mongo.IsTimeout(err), errors.Is(err, context.Canceled), errors.Is(err, mongo.ErrClientDisconnected):
		return true
	case unsafe(err), unreachable(err):
		return true
	}

	if labelled, ok := errors.AsType[mongo.LabeledError](err); ok {
		for _, label := range transientLabels {
			if labelled.HasErrorLabel(label) {
				return true
			}
		}
	}
	if server, ok := errors.AsType[mongo.ServerError](err); ok {
		for _, code := range stateCodes {
			if server.HasErrorCode(code) {
				return true
			}
		}
	}

	return false
}

// retryable is what the driver's errors of a cleared connection pool have in common.
type retryable interface {
	error
	Retryable() bool
}

// unreachable tells whether no connection could be had, or one broke before the driver could label the error.
func unreachable(err error) bool {
	if _, network := errors.AsType[net.Error](err); network || errors.Is(err, io.EOF) {
		return true
	}
	pool, ok := errors.AsType[retryable](err)
	return ok && pool.Retryable()
}

// unsafe tells whether a write was done, perhaps, but not acknowledged as the write concern asks.
func unsafe(err error) bool {
	if bulk, ok := errors.AsType[mongo.BulkWriteException](err); ok {
		return bulk.WriteConcernError != nil
	}
	if one, ok := errors.AsType[mongo.WriteException](err); ok {
		return one.WriteConcernError != nil
	}
	return false
}
