// Package files keeps the files of materials (scans, shared materials) at the
// centre, in tables of their own in the writer's database.
//
// Guarantees:
//
//   - A file is known by the SHA-256 of its content and is there whole or not at
//     all: it is stored only when everything was read back from the database
//     and its digest is the one announced.
//   - Pieces of sync.FileChunk bytes come in order; each is durable before the
//     next is asked for. What was cut goes on where the last whole piece ended.
//   - What two senders send of one file never mixes: nobody can spoil another's.
//   - Types are those of hall.FileTypes, by content as well as by declaration;
//     no file is larger than the limit (hall.MaxFileBytes).
//   - Encrypted at rest (AES-256-GCM): each file under a key of its own, sealed
//     under files.key of the key folder. A centre with another key refuses to
//     start. Deleting the row of a file's key makes it unreadable for good.
//
// Expects: the writer's database (SQLite or PostgreSQL). On SQLite each piece
// is one transaction of about 256 KiB, for which the writer waits as for one of
// its own.
//
// Source: design §2 rules 11 and 12; the same SQL on both databases: design §6.
package files
