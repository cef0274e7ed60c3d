"""What the tests of the workbook share."""

import re
import zipfile

import pytest


@pytest.fixture
def without_stored_values():
    """Copy a workbook without the values stored beside its formulas, so that whoever opens it must compute them."""

    def strip(path):
        bare = path.with_name(f"bare-{path.name}")
        with zipfile.ZipFile(path) as old, zipfile.ZipFile(bare, "w", zipfile.ZIP_DEFLATED) as new:
            for name in old.namelist():
                data = old.read(name)
                if name.startswith("xl/worksheets/sheet"):
                    cell = rb'<c ([^>]*?)(?: t="str")?>(<f>.*?</f>)<v>.*?</v></c>'
                    data = re.sub(cell, rb"<c \1>\2</c>", data, flags=re.DOTALL)
                new.writestr(name, data)
        return bare

    return strip
