// The table of books: sorting, filtering, and the math behind every number.
function books(data, show) {
  var SVG = "http://www.w3.org/2000/svg", ALL = 100, PRINTED = 500;
  var names = data.books, table = data.table, size = names.length, open = new Set();
  table.columns.forEach(function (column) { column.marked = new Set(column.out || []); });
  function shape(tag, values) {
    var made = document.createElementNS(SVG, tag);
    Object.keys(values).forEach(function (name) { made.setAttribute(name, values[name]); });
    return made;
  }
  // The same picture as the library draws for a table without a script.
  function strip(j, outside) {
    var p = table.picture, low = p.axis[0], high = p.axis[1];
    var x = function (v) { return 7 + (Math.min(Math.max(v, low), high) - low) * 106 / (high - low); };
    var at = x(p.values[j]);
    var made = shape("svg", { width: 120, height: 14, viewBox: "0 0 120 14", role: "img",
      "aria-label": (outside ? "outside" : "inside") + " the band" });
    made.append(
      shape("rect", { x: x(p.band[0]), y: 3, width: x(p.band[1]) - x(p.band[0]), height: 8, fill: "#8cafd0",
        "fill-opacity": 0.35 }),
      shape("line", { x1: x(p.reference), x2: x(p.reference), y1: 1, y2: 13, stroke: "var(--muted)" }),
      outside ? shape("path", { d: "M" + (at - 5) + " 7L" + at + " 2L" + (at + 5) + " 7L" + at + " 12Z", fill: "var(--warn)" })
        : shape("circle", { cx: at, cy: 7, r: 4, fill: "var(--accent)" }));
    return made;
  }
  function row(j) {
    var line = document.createElement("tr"), name = element("th");
    name.scope = "row";
    var more = element("button", undefined, "more");
    more.type = "button";
    more.append(isolated(names[j]));
    name.classList.toggle("long", names[j].length > LONG);
    more.title = "Show the math";
    more.setAttribute("aria-controls", "math-" + j);
    name.append(more);
    line.append(name);
    table.columns.forEach(function (column) {
      var out = column.marked.has(j), cell = element("td", column.text[j], out && !column.strip ? "out" : "");
      if (column.strip) { cell.prepend(strip(j, out)); }
      if (column.note) { cell.append(element("small", column.note[j])); }
      line.append(cell);
    });
    var both = document.createDocumentFragment();
    both.append(line);
    var set = function () {
      more.setAttribute("aria-expanded", open.has(j));
      if (open.has(j)) { line.after(math(j)); } else if (line.nextSibling && line.nextSibling.id === "math-" + j) { line.nextSibling.remove(); }
    };
    more.addEventListener("click", function () {
      if (open.has(j)) { open.delete(j); } else { open.add(j); }
      set();
    });
    more.setAttribute("aria-expanded", open.has(j));
    if (open.has(j)) { both.append(math(j)); }
    return both;
  }
  function math(j) {
    var line = element("tr", undefined, "math"), cell = document.createElement("td"), blocks = element("div", undefined, "blocks");
    line.id = "math-" + j;
    cell.colSpan = table.columns.length + 1;
    data.math.forEach(function (measure) {
      var block = document.createElement("div"), made = document.createElement("table"), body = document.createElement("tbody");
      made.append(element("caption", measure.title), body);
      measure.lines.forEach(function (part) {
        var tr = element("tr", undefined, part.kind), name = element("th", part.name);
        name.scope = "row";
        var of = part.of ? number(part.of[j], part.of_digits) + " " + part.how : "";
        var amount = part.kind === "divisor" ? "÷ " + String(part.amount[j]) : number(part.amount[j], part.digits);
        tr.append(name, element("td", of), element("td", amount));
        body.append(tr);
      });
      var share = measure.deviation[j], outside = measure.outside.indexOf(j) >= 0;
      var said = (measure.reference > 0 ? (share > 0 ? "+" : "") + number(100 * share, 1) + "% against the "
        : "No share can be told of the ") + measure.against + ", " + number(measure.reference, measure.digits) + ".";
      if (measure.words) {
        said += " The band is " + (measure.low === null ? "open below" : number(measure.low, measure.digits)) + " to " +
          (measure.high === null ? "open above" : number(measure.high, measure.digits)) + " (" + measure.words + "): ";
      }
      var told = element("p", said);
      if (measure.words) { told.append(element("strong", outside ? "outside" : "inside", outside ? "broken" : "")); told.append("."); }
      block.append(made, told);
      blocks.append(block);
    });
    var actions = element("p", undefined, "actions");
    var list = element("button", "List its accounts");
    list.type = "button";
    list.addEventListener("click", function () { show.accounts(j); });
    actions.append(list);
    if ($("focus")) {
      var map = element("button", "Show it on the map");
      map.type = "button";
      map.addEventListener("click", function () { show.map(j); });
      actions.append(map);
    }
    cell.append(blocks, element("p", "Sums are computed without rounding and shown rounded.", "note"), actions);
    line.append(cell);
    return line;
  }
  var columns = [{ title: "Book", left: true, texts: function () { return names; } }].concat(table.columns);
  var made = grid({ table: $("books"), columns: columns, size: size, page: ALL, row: row, noun: size === 1 ? "book" : "books",
    pager: $("book-pager"), back: $("book-back"), next: $("book-next"), where: $("book-where") });
  var lower = null;
  function filter() {
    var needle = $("find-book").value.trim().toLowerCase(), outside = $("outside").value;
    lower = lower || names.map(function (name) { return name.toLowerCase(); });
    made.filter(function (j) {
      if (needle && lower[j].indexOf(needle) < 0) { return false; }
      if (outside === "") { return true; }
      if (outside !== "any") { return table.columns[outside].marked.has(j); }
      return table.columns.some(function (column) { return column.marked.has(j); });
    });
  }
  table.columns.forEach(function (column, k) {
    if (!column.out || column.strip) { return; }
    var option = element("option", "outside " + column.title.charAt(0).toLowerCase() + column.title.slice(1) + " (" + number(column.marked.size, 0) + ")");
    option.value = k;
    option.disabled = !column.marked.size;
    $("outside").append(option);
  });
  $("find-book").addEventListener("input", soon(filter));
  $("outside").addEventListener("change", filter);
  $("book-tools").hidden = false;
  var order = names.map(function (_, j) { return j; });
  order.sort(function (a, b) { return table.load[b] - table.load[a] || a - b; });
  made.start(order);
  $("static-note").hidden = true;
  // Paper has no pages to turn inside a table.
  addEventListener("beforeprint", function () { made.resize(PRINTED); });
  addEventListener("afterprint", function () { made.resize(ALL); });
}
