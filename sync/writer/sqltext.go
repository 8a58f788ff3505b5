package writer

import (
	"fmt"
	"strings"
)

// What a column holds: the three types that both databases have.
const (
	text  = "text"
	whole = "bigint"
	bytea = "bytea"
)

type column struct{ name, kind string }

// table is a table that the writer fills in bulk. Its first columns, as many as
// key says, are its primary key.
type table struct {
	name    string
	key     int
	columns []column
	// insertOne is for SQLite, row by row; insertMany for PostgreSQL, with one
	// array per column.
	insertOne, insertMany string
	// deleteOne and deleteMany take keys.
	deleteOne, deleteMany string
}

const doNothing, update = "DO NOTHING", "DO UPDATE SET"

var (
	laneTable = newTable("lane", 1, update, "lane", "last_row:i", "epoch:i")
	feedTable = newTable("feed", 2, update, "lane", "feed", "last_row:i", "last_hash", "state_sum")
	logTable  = newTable("log", 2, "", "lane", "row_no:i", "feed", "event", "kind", "id", "value:b", "op_id", "at_us:i", "epoch:i",
		"prev_hash", "hash", "mac")
	entityTable = newTable("entity", 3, update, "lane", "kind", "id", "feed", "part", "value:b", "row_no:i")
	opTable     = newTable("op", 1, "", "op_id", "lane", "kind", "entity", "terminal", "actor", "body:b", "body_hash", "status", "reason",
		"result:b", "row_no:i", "at_us:i", "arrival:i")
	envelopeTable = newTable("envelope", 4, "", "terminal", "incarnation", "lane", "seq:i", "hash", "op_id", "conflict:i", "at_us:i")
	senderTable   = newTable("sender", 3, update, "terminal", "incarnation", "lane", "last_seq:i", "last_hash", "at_us:i")
	holeTable     = newTable("hole", 4, "", "terminal", "incarnation", "lane", "from_seq:i", "to_seq:i", "at_us:i")
	effectTable   = newTable("effect", 1, doNothing, "id", "lane", "op_id", "kind", "payload:b", "due_us:i", "done_us:i", "attempts:i", "note")
	keptTable     = newTable("kept", 1, "", "op_id", "lane", "kind", "schema_no:i", "terminal", "incarnation", "seq:i", "unattested:i", "at_us:i")
	stateTable    = newTable("state_hash", 3, "", "lane", "row_no:i", "feed", "state_sum")
)

// newTable writes the texts of a table; conflict is what becomes of a row whose
// key is there: an error, unless it says something else.
func newTable(name string, key int, conflict string, columns ...string) *table {
	t := &table{name: name, key: key}
	var names, marks []string
	for i, c := range columns {
		kind := text
		switch n, k, _ := strings.Cut(c, ":"); k {
		case "i":
			c, kind = n, whole
		case "b":
			c, kind = n, bytea
		}
		t.columns = append(t.columns, column{c, kind})
		names, marks = append(names, c), append(marks, fmt.Sprintf("$%d", i+1))
	}
	keys := strings.Join(names[:key], ", ")
	if conflict == update {
		var set []string
		for _, n := range names[key:] {
			set = append(set, n+" = excluded."+n)
		}
		conflict += " " + strings.Join(set, ", ")
	}
	if conflict != "" {
		conflict = " ON CONFLICT (" + keys + ") " + conflict
	}
	head := "INSERT INTO " + name + " (" + strings.Join(names, ", ") + ") "
	t.insertOne = head + "VALUES (" + strings.Join(marks, ", ") + ")" + conflict
	t.insertMany = head + "SELECT * FROM " + t.arrays(len(columns)) + conflict
	t.deleteOne = "DELETE FROM " + name + " WHERE " + t.keyIs()
	t.deleteMany = "DELETE FROM " + name + " WHERE (" + keys + ") IN (SELECT * FROM " + t.arrays(key) + ")"
	return t
}

// arrays is one array per column, for the first n.
func (t *table) arrays(n int) string {
	var out []string
	for i, c := range t.columns[:n] {
		out = append(out, fmt.Sprintf("$%d::%s[]", i+1, c.kind))
	}
	return "unnest(" + strings.Join(out, ", ") + ")"
}

func (t *table) keyIs() string {
	var out []string
	for i, c := range t.columns[:t.key] {
		out = append(out, fmt.Sprintf("%s = $%d", c.name, i+1))
	}
	return strings.Join(out, " AND ")
}

// lookup reads some columns of the rows that have certain keys. one takes one
// key, many (PostgreSQL) one array per column of the key, listed (SQLite) one JSON
// array of keys, each an array.
type lookup struct {
	table             *table
	columns           int
	one, many, listed string
}

// Looking up by LATERAL … LIMIT 1 goes through the key's index for each key,
// whatever the planner thinks of the size of a table that grows all day.
func newLookup(t *table, columns ...string) lookup {
	var keys, same, found, listed []string
	for i, c := range t.columns[:t.key] {
		keys, same = append(keys, c.name), append(same, "r."+c.name+" = k."+c.name)
		listed = append(listed, fmt.Sprintf("r.%s = k.value ->> %d", c.name, i))
	}
	for _, c := range columns {
		found = append(found, "r."+c)
	}
	return lookup{
		table: t, columns: t.key + len(columns),
		one: "SELECT " + strings.Join(append(append([]string{}, keys...), columns...), ", ") + " FROM " + t.name + " WHERE " + t.keyIs(),
		many: "SELECT k.*, v.* FROM " + t.arrays(t.key) + " AS k (" + strings.Join(keys, ", ") + ") CROSS JOIN LATERAL (SELECT " +
			strings.Join(found, ", ") + " FROM " + t.name + " AS r WHERE " + strings.Join(same, " AND ") + " LIMIT 1) AS v",
		listed: "SELECT r." + strings.Join(append(append([]string{}, keys...), columns...), ", r.") + " FROM json_each($1) AS k CROSS JOIN " + t.name +
			" AS r WHERE " + strings.Join(listed, " AND "),
	}
}

var (
	senderOf   = newLookup(senderTable, "last_seq", "last_hash")
	opOf       = newLookup(opTable, "body_hash", "status", "reason", "result", "row_no", "at_us", "arrival")
	envelopeOf = newLookup(envelopeTable, "hash", "op_id", "conflict", "at_us")
	keptOf     = newLookup(keptTable, "seq")
	entityOf   = newLookup(entityTable, "feed", "value", "row_no")
)
