// Package depsim stands for the departments that supply materials (部门模拟器):
// it serves the very contract of app/central/departments, answers queries and
// calls back as it was told to, and shows on a page what it was asked.
//
// Guarantees:
//   - It serves the documented routes (departments.RegisterProvider) and calls
//     back as a real department would: signed, over HTTP, with a file of its own
//     making that says of itself that it is a sample.
//   - Nothing that it was asked is forgotten over a restart: requests, files,
//     behaviours and its clock are in one SQLite file. The file of a request is
//     made once, so that sending it again sends the same bytes.
//   - What it keeps of a person is masked.
//   - It misbehaves only as told: silent, failing, slow, late, twice, forged,
//     with a wrong digest, refusing, down.
//
// Expects: a configuration with the secrets that the centre has too, and the
// centre's address. Its control API and page answer this machine only.
//
// Source: design §6 (a department simulator stands beside the adapter),
// requirements, G1.3.
package depsim
