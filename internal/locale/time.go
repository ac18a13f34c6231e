package locale

import (
	"strconv"
	"strings"
	"time"
)

// Date writes a day of the year: "4 décembre", "1er mai".
func Date(l Lang, month time.Month, day int) string {
	return Text(l, "date.day", "day", dayNumber(l, day), "month", monthName(l, month))
}

// DateYear writes a day with its year: "4 décembre 2026".
func DateYear(l Lang, year int, month time.Month, day int) string {
	return Text(l, "date.year", "date", Date(l, month, day), "year", strconv.Itoa(year))
}

// Day writes the day on which t falls in its own zone: "vendredi 4 décembre".
func Day(l Lang, t time.Time) string {
	return Text(l, "date.weekday", "weekday", Text(l, "date.weekday."+strconv.Itoa(int(t.Weekday()))),
		"date", Date(l, t.Month(), t.Day()))
}

// Clock writes the time of day in t's own zone, to the minute: "18 h", "9 h 30"; "6 pm", "noon"; "18 Uhr".
func Clock(l Lang, t time.Time) string {
	hour, minute := t.Hour(), t.Minute()
	half, twelve := "am", (hour+11)%12+1
	if hour >= 12 {
		half = "pm"
	}
	key := "time.hour"
	switch {
	case minute != 0:
		key = "time.minute"
	case hour == 0:
		key = "time.midnight"
	case hour == 12:
		key = "time.noon"
	}
	return Text(l, key, "hour", strconv.Itoa(hour), "minute", strconv.Itoa(100 + minute)[1:],
		"twelve", strconv.Itoa(twelve), "half", half)
}

// When writes an instant in words, with the zone it is read in: "vendredi 4 décembre à 18 h, heure de La Réunion". The
// zone is t's own; give it one with t.In.
func When(l Lang, t time.Time) string {
	return Text(l, "date.when", "day", Day(l, t), "time", Clock(l, t), "zone", zoneOf(l, t))
}

// zoneOf names t's zone. The machine's own, which has no name, is given as its distance from UTC.
func zoneOf(l Lang, t time.Time) string {
	name := t.Location().String()
	if name == "Local" || name == "" {
		return "UTC" + t.Format("-07:00")
	}
	return Zone(l, name)
}

// Zone names the time of an IANA zone: "heure de La Réunion". A zone that has no name of its own here is named after its city.
func Zone(l Lang, name string) string {
	key := "zone." + name
	if text := Text(l, key); text != key {
		return text
	}
	city := strings.ReplaceAll(name[strings.LastIndexByte(name, '/')+1:], "_", " ")
	if city != "" && strings.ContainsRune("AEIOUYH", rune(city[0])) {
		return Text(l, "zone.vowel", "city", city)
	}
	return Text(l, "zone.other", "city", city)
}

func dayNumber(l Lang, day int) string {
	if l == German || l == French && day == 1 {
		return Ordinal(l, day)
	}
	return strconv.Itoa(day)
}

func monthName(l Lang, m time.Month) string {
	return Text(l, "date.month."+strconv.Itoa(int(m)))
}
