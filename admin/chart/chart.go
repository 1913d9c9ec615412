// Package chart draws the charts of the merchant's pages: values and words in, SVG out. It is pure. What belongs beside
// a chart (its heading, its key, the table behind it) is the page's.
//
// Begin with Days.
package chart

import (
	"fmt"
	"html/template"
	"strings"
)

// Size is how large a chart is drawn, in pixels. Its text is never scaled.
type Size struct {
	Name          string // a class of the SVG: admin.css shows the one that fits
	Width, Height int
	Right         int // room beside the plot, for what is written at the lines' ends
	EveryDays     int // from one date of the axis to the next, of about 30 days
}

// The sizes: beside another column, and on a phone.
var (
	Wide   = Size{Name: "wide", Width: 624, Height: 290, Right: 62, EveryDays: 7}
	Narrow = Size{Name: "narrow", Width: 358, Height: 196, Right: 12, EveryDays: 14}
)

// Room around the plot.
const (
	left   = 44
	top    = 12
	bottom = 24
)

// Days is revenue and cost by day, and the revenue of the days before, all in one currency's smallest unit. The lists are
// as long as Dates; the last day is today, which is not over.
type Days struct {
	Dates                 []string // as the axis has them: "Nov 8"
	Today                 string   // what the axis says of the last
	Revenue, Cost, Before []int64
	Say                   func(minor int64) string // an amount as the axis has it

	Title, Describes      string // for who cannot see it
	SaysRevenue, SaysCost string // at the lines' ends
}

// plot is a chart that is being drawn.
type plot struct {
	Days

	Size
	step int64 // from one line of the grid to the next
	out  strings.Builder
}

// gridSteps is how many steps the grid has at most: with the zero line five lines.
const gridSteps = 4

// Draw is the chart as an SVG. The id names its parts, and is its own in the document. Where there is nothing to draw
// only the grid is.
func (d Days) Draw(size Size, id string) template.HTML {
	p := &plot{Days: d, Size: size, step: stepFor(d.most())}
	element(&p.out, `<svg class="chart %s" viewBox="0 0 %d %d" width="%d" height="%d" role="img" aria-labelledby="%s-t %s-d" data-points="%s">`,
		size.Name, size.Width, size.Height, size.Width, size.Height, id, id, p.points())
	element(&p.out, `<title id="%s-t">%s</title><desc id="%s-d">%s</desc>`, id, esc(d.Title), id, esc(d.Describes))
	p.grid()
	p.dates()
	p.lines()
	p.out.WriteString("</svg>")
	return template.HTML(p.out.String()) //nolint:gosec // every text in it is escaped
}

// element writes one, with numbers and with texts that are escaped.
func element(out *strings.Builder, format string, values ...any) { fmt.Fprintf(out, format, values...) }

func esc(text string) string { return template.HTMLEscapeString(text) }

// most is the greatest value.
func (d Days) most() int64 {
	var most int64
	for _, line := range [][]int64{d.Revenue, d.Cost, d.Before} {
		for _, v := range line {
			most = max(most, v)
		}
	}
	return most
}

// stepFor is the smallest round step (1, 2, 3 or 5 times a power of ten) by which the grid reaches the greatest value.
func stepFor(most int64) int64 {
	for power := int64(1); ; power *= 10 {
		for _, round := range []int64{1, 2, 3, 5} {
			if step := round * power; step >= (most+gridSteps-1)/gridSteps {
				return step
			}
		}
	}
}

// x is where a day is, in tenths of a pixel.
func (p *plot) x(day int) int64 {
	across := int64(p.Width-left-p.Right) * 10
	return left*10 + across*int64(day)/int64(max(1, len(p.Dates)-1))
}

// y is where a value is, in tenths of a pixel.
func (p *plot) y(value int64) int64 {
	up := int64(p.Height-top-bottom) * 10
	return int64(p.Height-bottom)*10 - up*min(value, p.step*gridSteps)/(p.step*gridSteps)
}

// tenths writes tenths of a pixel as pixels.
func tenths(n int64) string {
	if n%10 == 0 {
		return fmt.Sprint(n / 10)
	}
	return fmt.Sprintf("%d.%d", n/10, n%10)
}

// points tells admin.js where each day is: x, revenue's y, cost's y.
func (p *plot) points() string {
	all := make([]string, len(p.Dates))
	for i := range p.Dates {
		all[i] = tenths(p.x(i)) + "," + tenths(p.y(p.Revenue[i])) + "," + tenths(p.y(p.Cost[i]))
	}
	return strings.Join(all, " ")
}

// grid draws the lines across, the zero line darker, with their amounts.
func (p *plot) grid() {
	for i := int64(0); i <= gridSteps; i++ {
		class := "grid"
		if i == 0 {
			class = "base"
		}
		y := p.y(i * p.step)
		element(&p.out, `<line class="%s" x1="%d" x2="%d" y1="%s" y2="%s"/>`, class, left, p.Width-p.Right, tenths(y), tenths(y))
		element(&p.out, `<text class="axis" x="%d" y="%s" text-anchor="end">%s</text>`, left-8, tenths(y+40), esc(p.Say(i*p.step)))
	}
}

// every is from one date of the axis to the next: closer for a week, wider for a quarter.
func (p *plot) every() int {
	switch n := len(p.Dates); {
	case n <= 10:
		return p.EveryDays / 7
	case n > 45:
		return 2 * p.EveryDays
	}
	return p.EveryDays
}

// dates writes days below the plot, counted back from today.
func (p *plot) dates() {
	last, every := len(p.Dates)-1, p.every()
	for i := last; i >= 0; i -= every {
		says, anchor := p.Dates[i], "middle"
		switch {
		case i == last:
			says = p.Today
			if p.Right < bottom {
				anchor = "end"
			}
		case i < every/3: // it would run out at the left
			continue
		}
		element(&p.out, `<text class="axis" x="%s" y="%d" text-anchor="%s">%s</text>`, tenths(p.x(i)), p.Height-6, anchor, esc(says))
	}
}

// lines draws the values: the period before, revenue over its area, cost; today's stretch is dashed and ends openly.
func (p *plot) lines() {
	last := len(p.Dates) - 1
	if last < 1 {
		return
	}

	element(&p.out, `<polygon class="area" points="%s %s,%d %s,%d"/>`, p.path(p.Revenue, 0, last),
		tenths(p.x(last)), p.Height-bottom, tenths(p.x(0)), p.Height-bottom)
	element(&p.out, `<polyline class="before" points="%s"/>`, p.path(p.Before, 0, last))
	for _, line := range []struct {
		class, says string
		values      []int64
	}{{"cost", p.SaysCost, p.Cost}, {"revenue", p.SaysRevenue, p.Revenue}} {
		element(&p.out, `<polyline class="%s" points="%s"/>`, line.class, p.path(line.values, 0, last-1))
		element(&p.out, `<polyline class="%s today" points="%s"/>`, line.class, p.path(line.values, last-1, last))
		element(&p.out, `<circle class="%s" cx="%s" cy="%s" r="3.5"/>`, line.class, tenths(p.x(last)), tenths(p.y(line.values[last])))
	}
	p.ends(last)
}

// ends names the lines beside their ends, one below the other where they would meet.
func (p *plot) ends(last int) {
	if p.Right < left {
		return
	}

	const apart = 160 // tenths of a pixel
	revenue, cost := p.y(p.Revenue[last]), p.y(p.Cost[last])
	switch {
	case revenue <= cost && cost-revenue < apart:
		revenue, cost = (revenue+cost-apart)/2, (revenue+cost+apart)/2
	case cost < revenue && revenue-cost < apart:
		revenue, cost = (revenue+cost+apart)/2, (revenue+cost-apart)/2
	}
	if over := max(revenue, cost) - int64(p.Height-bottom)*10; over > 0 {
		revenue, cost = revenue-over, cost-over
	}

	x := p.Width - p.Right + 8
	element(&p.out, `<text class="end revenue" x="%d" y="%s">%s</text>`, x, tenths(revenue+40), esc(p.SaysRevenue))
	element(&p.out, `<text class="end cost" x="%d" y="%s">%s</text>`, x, tenths(cost+40), esc(p.SaysCost))
}

// path is the points of a line from one day to another.
func (p *plot) path(values []int64, from, to int) string {
	var all []string
	for i := from; i <= to; i++ {
		all = append(all, tenths(p.x(i))+","+tenths(p.y(values[i])))
	}
	return strings.Join(all, " ")
}
