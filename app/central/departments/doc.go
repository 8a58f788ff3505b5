// Package departments connects the centre with the departments that supply
// materials (材料提供部门): it asks whether they can supply one (查询), asks for
// it (调取), tells them which papers to bring out (签出通知), says what is not
// wanted any more, and takes their call-backs (回调).
//
// Guarantees:
//   - Every call and every call-back is signed with the department's own
//     secret: HMAC-SHA256 over method, path, time, request id and
//     Content-Digest (RFC 9530). A signature counts for five minutes and once.
//   - A department learns what its answer needs and no more: document kind,
//     number and name of the applicant, item and material code, request id.
//     Only the sealed part of open_case holds them; they are opened for the
//     call and kept nowhere.
//   - A request, a notice and a withdrawal are durable effects that are tried
//     again, later and later, for as long as they make sense; doing one twice
//     has the same request id. A query that gets no answer in ten seconds is
//     answered «failed»: nothing is known, so nothing changes.
//   - A department that hangs holds up neither another one nor a deadline: each
//     has its own workers, its queries apart from its deliveries.
//   - A call-back is one operation however often it comes: its op_id is a hash
//     of request id and digest. Its file is durable before the operation, and is
//     not stored at all for an attempt that does not count any more.
//
// Expects: a writer, a store of files, addresses and secrets of the departments,
// the hall's clock for cases and the machine's clock for signatures. Each
// process remembers the signatures that it saw; a call-back that is replayed at
// another process of the centre is still the same operation.
//
// The contract is contract.go; its OpenAPI document is made from it, and the
// departments' simulator (app/central/depsim) serves that very registration.
//
// Source: requirements A1 (A-05…A-07), A2 (A-11…A-15), A5, G1.3 rows 1f,
// 2f, 6, 6x and 7, G1.6 rule 4; standards §9 (data minimisation).
package departments
