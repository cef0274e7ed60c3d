// The accounts: any number of them, fifty at a time.
function accounts(data) {
  var columns = data.columns, size = columns[0].values.length, byKey = {}, haystack = null;
  columns.forEach(function (column) {
    byKey[column.key] = column;
    column.left = column.kind !== "number";
    if (column.kind === "code") {
      column.names = column.names || data.books;
      column.text = function (i) { return column.names[column.values[i]]; };
    } else if (column.kind === "today") {
      column.text = function (i) {
        var owner = column.values[i];
        return owner >= 0 ? data.books[owner] : owner === -2 ? "same" : "none in the team";
      };
    } else if (column.kind === "number") {
      column.text = function (i) { return number(column.values[i], column.digits); };
      column.sort = column.values;
    } else {
      column.text = function (i) { return column.values[i]; };
    }
    if (column.left) {
      column.texts = function () { return Array.from(column.values, function (_, i) { return column.text(i); }); };
    }
  });
  var searched = columns.filter(function (c) { return c.kind === "text" || c.key === "city" || c.key === "region"; });
  function row(i) {
    var line = document.createElement("tr");
    columns.forEach(function (column, c) {
      var cell = element(c ? "td" : "th", undefined, column.left ? "text" : "");
      if (!c) { cell.scope = "row"; }
      fitted(cell, column.text(i));
      line.append(cell);
    });
    return line;
  }
  var made = grid({ table: $("accounts"), columns: columns, size: size, page: 50, row: row, noun: size === 1 ? "account" : "accounts",
    pager: $("pager"), back: $("back"), next: $("next"), where: $("where") });
  function filter() {
    var needle = $("find").value.trim().toLowerCase();
    var book = $("book").value === "" ? -1 : Number($("book").value), change = $("moved").value;
    if (needle && !haystack) {
      haystack = new Array(size);
      for (var i = 0; i < size; i++) {
        haystack[i] = searched.map(function (c) { return c.text(i); }).join("\n").toLowerCase();
      }
    }
    var today = byKey.today && byKey.today.values, books = byKey.book.values;
    made.filter(function (j) {
      if (book >= 0 && books[j] !== book) { return false; }
      if (change && (today[j] >= 0 ? "moved" : today[j] === -2 ? "kept" : "new") !== change) { return false; }
      return !needle || haystack[j].indexOf(needle) >= 0;
    });
  }
  if (byKey.today) { $("moved-label").hidden = false; }
  $("find").addEventListener("input", soon(filter));
  $("book").addEventListener("change", filter);
  $("moved").addEventListener("change", filter);
  $("account-tools").hidden = false;
  filter();
  return {
    name: function (i) { var c = byKey.name || byKey.id; return c.text(i); },
    book: function (i) { return byKey.book.values[i]; },
    show: function (j) {
      $("book").value = String(j);
      $("find").value = "";
      $("moved").value = "";
      filter();
      $("h-accounts").scrollIntoView();
      $("book").focus({ preventScroll: true });
    }
  };
}
