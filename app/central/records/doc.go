// Package records makes the ten process records (过程记录) of cases into what goes
// up to the platform above: their fields as requirements G2.4 and standards §5.4 list
// them, batches in JSON or XML, and the ways on which a batch goes: a file in a
// folder, or a signed message that is acknowledged record by record.
//
// A record is known by its identity and its data version (数据版本): sent twice it
// counts once; corrected it goes again with the next version. Build is pure; nothing
// here keeps what it made, since it holds personal data.
package records
