package central

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"time"

	"hallway/app/hall"
)

// hallFile is the shape of one file of the hall's folder. The files together
// make one catalogue.
type hallFile struct {
	Version  int            `toml:"version"`
	Hall     *hallHead      `toml:"hall"`
	Hours    []hoursRow     `toml:"hours"`
	Booking  *bookingTable  `toml:"booking"`
	Queue    *queueTable    `toml:"queue"`
	Groups   []groupRow     `toml:"group"`
	Items    []itemRow      `toml:"item"`
	Windows  []windowRow    `toml:"window"`
	Staff    []staffRow     `toml:"staff"`
	Calendar []calendarYear `toml:"calendar"`

	Cases       *casesTable     `toml:"cases"`
	Departments []departmentRow `toml:"department"`
	Materials   []materialRow   `toml:"material"`
	Versions    []versionRow    `toml:"item_version"`
	Paper       []paperRow      `toml:"paper"`

	Map     *mapTable   `toml:"map"`
	Notices []noticeRow `toml:"notice"`
}

type hallHead struct {
	Code string            `toml:"code"`
	Area string            `toml:"area"`
	Name map[string]string `toml:"name"`
}

type hoursRow struct {
	From string `toml:"from"`
	To   string `toml:"to"`
}

type bookingTable struct {
	MinDaysAhead int      `toml:"min_days_ahead"`
	MaxDaysAhead int      `toml:"max_days_ahead"`
	PerPersonDay int      `toml:"per_person_day"`
	CancelHours  int      `toml:"cancel_hours"`
	EarlyMinutes int      `toml:"early_minutes"`
	LateMinutes  int      `toml:"late_minutes"`
	SlotMinutes  int      `toml:"slot_minutes"`
	NoShowLimit  int      `toml:"no_show_limit"`
	NoShowDays   int      `toml:"no_show_days"`
	Slots        []string `toml:"slots"`
}

type queueTable struct {
	Policy        string `toml:"policy"`
	Ratio         []int  `toml:"ratio"`
	AgeMinutes    int    `toml:"age_minutes"`
	MaxCalls      int    `toml:"max_calls"`
	RecallSeconds int    `toml:"recall_seconds"`
	RequeueBehind int    `toml:"requeue_behind"`
	MaxRequeues   int    `toml:"max_requeues"`
	OfflineBlock  int    `toml:"offline_block"`
}

type groupRow struct {
	ID             string            `toml:"id"`
	Prefix         string            `toml:"prefix"`
	Icon           string            `toml:"icon"`
	ServiceMinutes int               `toml:"service_minutes"`
	Name           map[string]string `toml:"name"`
}

type itemRow struct {
	ID       string `toml:"id"`
	Group    string `toml:"group"`
	Bookable bool   `toml:"bookable"`
	Quota    int    `toml:"quota"`
	// Abolished items keep their versions for the cases that run.
	Abolished bool              `toml:"abolished"`
	Name      map[string]string `toml:"name"`
	Hint      map[string]string `toml:"hint"`
}

type windowRow struct {
	ID     string            `toml:"id"`
	Groups []string          `toml:"groups"`
	Policy string            `toml:"policy"`
	Name   map[string]string `toml:"name"`
}

type staffRow struct {
	ID      string   `toml:"id"`
	Name    string   `toml:"name"`
	Roles   []string `toml:"roles"`
	Windows []string `toml:"windows"`

	Department string   `toml:"department"`
	Rights     []string `toml:"rights"`
}

type calendarYear struct {
	Year   int      `toml:"year"`
	Off    []string `toml:"off"`
	Worked []string `toml:"worked"`
}

// LoadHall reads every .toml file of a folder into one checked catalogue. All
// that is wrong is told at once, each with its file and line. The version is
// the hash of what was read, so that an unchanged hall is not published again.
func LoadHall(dir string) (*hall.Catalogue, error) {
	cat, _, err := loadHall(dir)
	return cat, err
}

// loadHall also gives the places (file:line) of what was read, by its name.
func loadHall(dir string) (*hall.Catalogue, map[string]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.toml"))
	if err != nil {
		return nil, nil, fmt.Errorf("hall files of %s: %w", dir, err)
	}
	if len(names) == 0 {
		return nil, nil, &FileError{File: dir, What: "holds no .toml file", Hint: "set hall_files to the folder of the hall's catalogue"}
	}
	sort.Strings(names)
	l := newHallLoader()
	for _, name := range names {
		data, err := os.ReadFile(name)
		if err != nil {
			return nil, nil, fmt.Errorf("hall file: %w", err)
		}
		l.file(name, data)
	}
	l.whole(dir)
	if len(l.errs) == 0 { // the rules' own check, in case that it knows more
		for _, err := range l.cat.Validate() {
			l.errs = append(l.errs, &FileError{File: dir, What: err.Error(), Cause: err})
		}
	}
	if err := errors.Join(l.errs...); err != nil {
		return nil, nil, err
	}
	canonical, err := json.Marshal(l.cat)
	if err != nil {
		return nil, nil, fmt.Errorf("catalogue of %s: %w", dir, err)
	}
	sum := sha256.Sum256(canonical)
	l.cat.Version = hex.EncodeToString(sum[:])
	return l.cat, l.seen, nil
}

// hallLoader gathers the files. later holds checks that need all of them.
type hallLoader struct {
	cat   *hall.Catalogue
	seen  map[string]string // what → file:line of its first place
	errs  []error
	later []func()

	versions map[string][]hall.ItemVersion // by item
	paper    map[string][]hall.PaperRights // by item
}

func newHallLoader() *hallLoader {
	return &hallLoader{cat: &hall.Catalogue{}, seen: map[string]string{}, versions: map[string][]hall.ItemVersion{}, paper: map[string][]hall.PaperRights{}}
}

// file reads one file.
func (l *hallLoader) file(name string, data []byte) {
	var f hallFile
	short := filepath.Base(name)
	if err := decodeStrict(short, data, &f); err != nil {
		l.errs = append(l.errs, err)
		return
	}
	c := &fileChecker{file: short, lines: tableLines(data)}
	defer func() { l.errs = append(l.errs, c.errs...) }()
	if f.Version != 1 {
		c.add("", 0, fmt.Sprintf("version is %d", f.Version), "this program reads version = 1")
	}
	if f.Hall != nil {
		l.head(c, f.Hall)
	}
	for i, h := range f.Hours {
		l.hours(c, i, h)
	}
	if f.Booking != nil {
		l.booking(c, f.Booking)
	}
	if f.Queue != nil {
		l.queue(c, f.Queue)
	}
	for i, g := range f.Groups {
		l.group(c, i, g)
	}
	for i, it := range f.Items {
		l.item(c, i, it)
	}
	for i, w := range f.Windows {
		l.window(c, i, w)
	}
	for i, s := range f.Staff {
		l.staff(c, i, s)
	}
	for i, y := range f.Calendar {
		l.calendar(c, i, y)
	}
	l.handling(c, &f)
	if f.Map != nil {
		l.floor(c, f.Map)
	}
	for i, n := range f.Notices {
		l.notice(c, i, n)
	}
}

// once refuses a second definition of the same thing.
func (l *hallLoader) once(c *fileChecker, table string, n int, what string) bool {
	line := 0
	if at := c.lines[table]; n < len(at) {
		line = at[n]
	}
	if first, ok := l.seen[what]; ok {
		c.add(table, n, what+" is defined twice", "the first is at "+first)
		return false
	}
	l.seen[what] = fmt.Sprintf("%s:%d", c.file, line)
	return true
}

// deferred runs a check after all files are read; its errors count for c's file.
func (l *hallLoader) deferred(c *fileChecker, check func(*fileChecker)) {
	l.later = append(l.later, func() {
		own := &fileChecker{file: c.file, lines: c.lines}
		check(own)
		l.errs = append(l.errs, own.errs...)
	})
}

var (
	hallCodePattern = regexp.MustCompile(`^[0-9]{8}$`)
	areaPattern     = regexp.MustCompile(`^[0-9]{6}$`)
)

func (l *hallLoader) head(c *fileChecker, h *hallHead) {
	if !l.once(c, "hall", 0, "[hall]") {
		return
	}
	if !hallCodePattern.MatchString(h.Code) {
		c.add("hall", 0, fmt.Sprintf("code %q", h.Code), "eight digits: the division code and two for the hall")
	}
	if !areaPattern.MatchString(h.Area) || !strings.HasPrefix(h.Code, h.Area) {
		c.add("hall", 0, fmt.Sprintf("area %q", h.Area), "six digits of GB/T 2260, with which the hall's code begins")
	}
	l.cat.Code, l.cat.Area, l.cat.Name = h.Code, h.Area, c.names("hall", 0, "name", h.Name, true)
}

// nameLocales are the languages that a text can be given in.
var nameLocales = []string{"zh-Hans", "zh-Hant", "en", "pt"}

// longest texts, in characters.
var longest = map[string]int{"name": 80, "hint": 240, "authority": 80, "ask": 120, "question": 120, "otherwise": 160}

// names checks a text in several languages.
func (c *fileChecker) names(table string, n int, key string, m map[string]string, needed bool) hall.Names {
	if len(m) == 0 && !needed {
		return nil
	}
	if strings.TrimSpace(m["zh-Hans"]) == "" {
		c.add(table, n, key+".zh-Hans is missing", "every text has at least that one")
	}
	out := hall.Names{}
	for locale, text := range m {
		known := false
		for _, k := range nameLocales {
			known = known || k == locale
		}
		switch {
		case !known:
			c.add(table, n, fmt.Sprintf("%s.%s", key, locale), "languages are "+strings.Join(nameLocales, ", "))
		case len([]rune(text)) > longest[key]:
			c.add(table, n, fmt.Sprintf("%s.%s is longer than %d characters", key, locale, longest[key]), "it must fit on the screen; say it shorter")
		default:
			out[locale] = text
		}
	}
	return out
}

// clockTime checks HH:MM and gives minutes of the day.
func clockTime(s string) (int, bool) {
	t, err := time.Parse("15:04", s)
	if err != nil || len(s) != 5 {
		return 0, false
	}
	return t.Hour()*60 + t.Minute(), true
}
