package voting

// Plurality gives the place to the option with the most voices. docs/methods/plurality.md.
const Plurality Method = "plurality"

var plurality = method{name: Plurality, revision: 1, shapes: []Shape{ShapeChoice}, count: countAnswers}
