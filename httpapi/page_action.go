package httpapi

import (
	_ "embed"
	"strconv"

	"github.com/communecter/coopspace/governance"
	"github.com/communecter/coopspace/internal/locale"
)

// actionGroup is the actions that stand alike.
type actionGroup struct {
	Title string
	Items []actionLine
}

type actionLine struct {
	ID               string
	Title, Due, Late string
	Who, Resolution  string
	Percent          int
	Progress         string
}

// actions fills in what there is to do, what is under way and what was done.
func (v *reader) actions(out *spacePage, more func(string) string) error {
	for _, state := range []governance.ActionState{governance.Doing, governance.ToDo, governance.Done} {
		page, err := v.coop.Actions.List(v.ctx, v.actor, v.space.ID, governance.ActionQuery{State: state, Paging: v.part()})
		if err != nil {
			return err
		}
		if page.Next != "" {
			out.ActionsMore = more(page.Next)
		}
		group := actionGroup{Title: v.t("action." + string(state))}
		for i, a := range page.Items {
			line, err := v.action(a)
			if err != nil {
				return err
			}
			line.ID = string(state) + "-" + strconv.Itoa(i)
			group.Items = append(group.Items, line)
		}
		if len(group.Items) > 0 {
			out.Actions = append(out.Actions, group)
		}
	}
	return nil
}

func (v *reader) action(a governance.Action) (actionLine, error) {
	line := actionLine{Title: a.Title}
	switch {
	case a.State == governance.Done && a.Ended != nil:
		line.Due = v.t("action.ended", "day", v.day(*a.Ended))
	case a.State != governance.Done && a.Due != nil && a.Due.At.Before(v.now):
		line.Late = v.t("action.late", "day", v.weekday(a.Due.At))
	case a.State != governance.Done && a.Due != nil:
		line.Due = v.t("action.due", "day", v.weekday(a.Due.At))
	}
	if a.State == governance.Doing && a.Progress > 0 {
		line.Percent = a.Progress
		line.Progress = v.t("action.progress", "percent", locale.Percent(v.lang, int64(a.Progress), 100, 0))
	}
	var names []string
	for _, id := range a.Assignees {
		name, err := v.name(id)
		if err != nil {
			return line, err
		}
		if name != "" {
			names = append(names, name)
		}
	}
	switch {
	case len(a.Assignees) == 0:
		line.Who = v.t("action.nobody")
	case len(names) == len(a.Assignees):
		line.Who = v.t("action.who", "names", locale.List(v.lang, names))
	default:
		line.Who = v.t("action.who.count", "n", len(a.Assignees))
	}
	if a.Resolution != "" {
		number, err := v.label(a.Resolution)
		if err != nil {
			return line, err
		}
		if number != "" {
			line.Resolution = v.t("action.resolution", "number", number)
		}
	}
	return line, nil
}
