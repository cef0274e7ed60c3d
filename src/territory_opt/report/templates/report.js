"use strict";
(function () {
  var PAGE = 50;
  var $ = function (id) { return document.getElementById(id); };

  // Sorting of tables that are already in the page.
  document.querySelectorAll("table.sortable").forEach(function (table) {
    var body = table.tBodies[0];
    var heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach(function (head, column) {
      sortButton(head, head.textContent, function () {
        var up = head.getAttribute("aria-sort") === "descending";
        mark(heads, head, up);
        var rows = Array.from(body.rows);
        rows.sort(function (a, b) {
          var x = key(a.cells[column]), y = key(b.cells[column]);
          var order = typeof x === "number" ? x - y : x.localeCompare(y);
          return up ? order : -order;
        });
        body.append.apply(body, rows);
      });
    });
  });

  function key(cell) {
    return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
  }
  function sortButton(head, text, action) {
    var button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", action);
    head.replaceChildren(button);
  }
  function mark(heads, head, up) {
    heads.forEach(function (other) { other.removeAttribute("aria-sort"); });
    head.setAttribute("aria-sort", up ? "ascending" : "descending");
  }

  // One book on the map.
  var focus = $("focus");
  if (focus) {
    var map = document.querySelector("svg.map");
    var show = function () {
      map.classList.toggle("focus", focus.value !== "");
      map.querySelectorAll("[data-book]").forEach(function (part) {
        part.classList.toggle("on", part.dataset.book === focus.value);
      });
    };
    focus.addEventListener("change", show);
    map.addEventListener("click", function (event) {
      var part = event.target.closest("[data-book]");
      focus.value = part && part.dataset.book !== focus.value ? part.dataset.book : "";
      show();
    });
  }

  // The accounts: filtered and sorted as positions, drawn a page at a time.
  var source = $("account-data");
  if (!source) { return; }
  var data = JSON.parse(source.textContent);
  source.remove();
  var columns = data.columns;
  var size = columns[0].values.length;
  var byKey = {};
  columns.forEach(function (column) { byKey[column.key] = column; });
  byKey.book.names = data.books;
  var searched = columns.filter(function (c) { return c.kind === "text" || c.key === "city" || c.key === "region"; });
  var haystack = null;
  var rows = [];
  var page = 0;
  var sorted = null;
  var heads = [];

  function text(column, i) {
    var value = column.values[i];
    if (column.kind === "code") { return column.names[value]; }
    if (column.kind === "today") { return value >= 0 ? data.books[value] : value === -2 ? "same" : "none in the team"; }
    if (column.kind === "number") {
      return value.toLocaleString("en-US", { minimumFractionDigits: column.digits, maximumFractionDigits: column.digits });
    }
    return value;
  }
  function filter() {
    var needle = $("find").value.trim().toLowerCase();
    var book = $("book").value === "" ? -1 : Number($("book").value);
    var change = $("moved").value;
    if (needle && !haystack) {
      haystack = new Array(size);
      for (var i = 0; i < size; i++) {
        haystack[i] = searched.map(function (c) { return text(c, i); }).join("\n").toLowerCase();
      }
    }
    var today = byKey.today && byKey.today.values;
    rows = [];
    for (var j = 0; j < size; j++) {
      if (book >= 0 && byKey.book.values[j] !== book) { continue; }
      if (change && (today[j] >= 0 ? "moved" : today[j] === -2 ? "kept" : "new") !== change) { continue; }
      if (needle && haystack[j].indexOf(needle) < 0) { continue; }
      rows.push(j);
    }
    order();
    page = 0;
    draw();
  }
  function order() {
    if (!sorted) { return; }
    var values = sorted.column.values;
    var sign = sorted.up ? 1 : -1;
    if (sorted.column.kind !== "number") {
      var rank = new Map();
      var texts = rows.map(function (i) { return text(sorted.column, i); });
      Array.from(new Set(texts)).sort(function (a, b) { return a < b ? -1 : a > b ? 1 : 0; })
        .forEach(function (t, k) { rank.set(t, k); });
      values = {};
      rows.forEach(function (i, k) { values[i] = rank.get(texts[k]); });
    }
    rows.sort(function (a, b) { return sign * (values[a] - values[b]) || a - b; });
  }
  function draw() {
    var last = Math.max(Math.ceil(rows.length / PAGE) - 1, 0);
    page = Math.min(Math.max(page, 0), last);
    var body = $("accounts").tBodies[0];
    var lines = rows.slice(page * PAGE, page * PAGE + PAGE).map(function (i) {
      var line = document.createElement("tr");
      columns.forEach(function (column, c) {
        var cell = document.createElement(c ? "td" : "th");
        if (!c) { cell.scope = "row"; }
        if (column.kind !== "number") { cell.className = "text"; }
        var part = document.createElement("bdi");
        part.textContent = text(column, i);
        cell.append(part);
        line.append(cell);
      });
      return line;
    });
    body.replaceChildren.apply(body, lines);
    $("back").disabled = page === 0;
    $("next").disabled = page === last;
    var first = page * PAGE + 1;
    $("where").textContent = rows.length
      ? first.toLocaleString("en-US") + " to " + Math.min(first + PAGE - 1, rows.length).toLocaleString("en-US") +
        " of " + rows.length.toLocaleString("en-US") + " accounts"
      : "No account matches";
  }

  var line = document.createElement("tr");
  columns.forEach(function (column) {
    var head = document.createElement("th");
    head.scope = "col";
    if (column.kind !== "number") { head.className = "text"; }
    sortButton(head, column.title, function () {
      sorted = { column: column, up: head.getAttribute("aria-sort") === "descending" };
      mark(heads, head, sorted.up);
      order();
      page = 0;
      draw();
    });
    heads.push(head);
    line.append(head);
  });
  $("accounts").tHead.append(line);
  data.books.forEach(function (name, i) {
    var option = document.createElement("option");
    option.value = i;
    option.textContent = name;
    $("book").append(option);
  });
  if (byKey.today) { $("moved-label").hidden = false; }
  var wait = 0;
  $("find").addEventListener("input", function () { clearTimeout(wait); wait = setTimeout(filter, 120); });
  $("book").addEventListener("change", filter);
  $("moved").addEventListener("change", filter);
  $("back").addEventListener("click", function () { page -= 1; draw(); });
  $("next").addEventListener("click", function () { page += 1; draw(); });
  ["accounts", "account-tools", "pager"].forEach(function (id) { $(id).hidden = false; });
  filter();
})();
