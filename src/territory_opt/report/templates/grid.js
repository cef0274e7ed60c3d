// Shared by both tables: rows are positions in the data; they are filtered, sorted and drawn a page at a time.
var $ = function (id) { return document.getElementById(id); };
var formats = {};
// Decimals below zero mean: at most so many.
function number(value, digits) {
  if (!formats[digits]) {
    formats[digits] = new Intl.NumberFormat("en-US", { minimumFractionDigits: Math.max(digits, 0),
      maximumFractionDigits: Math.abs(digits) });
  }
  return formats[digits].format(value);
}
function element(tag, text, css) {
  var made = document.createElement(tag);
  if (text !== undefined) { made.textContent = text; }
  if (css) { made.className = css; }
  return made;
}
function isolated(text) { return element("bdi", text); }
// A name that would push everything else out of sight is broken over lines.
var LONG = 40;
function fitted(cell, text) {
  if (text.length > LONG) { cell.classList.add("long"); }
  cell.append(isolated(text));
}

// The order of texts as numbers, so that any column sorts by subtraction. Collation of many texts would take seconds.
function ranks(texts) {
  var each = Array.from(new Set(texts));
  if (each.length < 20000) {
    each.sort(new Intl.Collator("en", { numeric: true }).compare);
  } else {
    each.sort();
  }
  var rank = new Map(each.map(function (text, k) { return [text, k]; }));
  return Int32Array.from(texts, function (text) { return rank.get(text); });
}

function grid(o) {
  var page = 0, rows = [], sorted = null, size = o.page;
  var heads = o.columns.map(function (column) {
    var head = element("th", undefined, column.left ? "text" : "");
    head.scope = "col";
    // On paper the title stands without its button: Chromium does not repeat a heading that holds one.
    head.dataset.title = column.title;
    var button = element("button", column.title);
    button.type = "button";
    button.addEventListener("click", function () {
      // Names go up first, numbers down.
      var now = head.getAttribute("aria-sort");
      var up = now ? now === "descending" : !!column.left;
      heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      sorted = { column: column, up: up };
      order();
      page = 0;
      draw();
    });
    head.append(button);
    return head;
  });
  var line = document.createElement("tr");
  line.append.apply(line, heads);
  o.table.tHead.replaceChildren(line);
  function order() {
    if (!sorted) { return; }
    var column = sorted.column, sign = sorted.up ? 1 : -1;
    if (!column.order) { column.order = column.texts ? ranks(column.texts()) : column.sort; }
    var key = column.order;
    rows.sort(function (a, b) { return sign * (key[a] - key[b]) || a - b; });
  }
  function draw() {
    var last = Math.max(Math.ceil(rows.length / size) - 1, 0);
    page = Math.min(Math.max(page, 0), last);
    var body = o.table.tBodies[0], lines = document.createDocumentFragment();
    rows.slice(page * size, page * size + size).forEach(function (i) { lines.append(o.row(i)); });
    body.replaceChildren(lines);
    o.back.disabled = page === 0;
    o.next.disabled = page === last;
    o.pager.classList.toggle("one", last === 0);
    var first = page * size + 1;
    o.where.textContent = rows.length
      ? number(first, 0) + " to " + number(Math.min(first + size - 1, rows.length), 0) + " of " +
        number(rows.length, 0) + " " + o.noun + (rows.length < o.size ? " (" + number(o.size, 0) + " in all)" : "")
      : "No " + o.noun + " match";
  }
  o.back.addEventListener("click", function () { page -= 1; draw(); });
  o.next.addEventListener("click", function () { page += 1; draw(); });
  o.pager.hidden = false;
  o.table.hidden = false;
  return {
    filter: function (keep) {
      rows = [];
      for (var i = 0; i < o.size; i++) { if (keep(i)) { rows.push(i); } }
      order();
      page = 0;
      draw();
    },
    start: function (order0) { rows = order0; draw(); },
    resize: function (n) { size = n; draw(); },
    head: function (k) { return heads[k]; }
  };
}
function soon(action) {
  var wait = 0;
  return function () { clearTimeout(wait); wait = setTimeout(action, 120); };
}
