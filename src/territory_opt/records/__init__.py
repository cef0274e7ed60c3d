"""Problems, results and rows of results as JSON with published, versioned schemas, out and back in."""

from territory_opt.records.problems import (
    PROBLEM_SCHEMA,
    ProblemRecord,
    problem_from_json,
    problem_schema,
    problem_to_json,
)
from territory_opt.records.results import SCHEMA_NAME, ResultRecord, result_from_json, result_schema, result_to_json
from territory_opt.records.rows import ROW_SCHEMA, record_schema, result_row

__all__ = [
    "PROBLEM_SCHEMA",
    "ROW_SCHEMA",
    "SCHEMA_NAME",
    "ProblemRecord",
    "ResultRecord",
    "problem_from_json",
    "problem_schema",
    "problem_to_json",
    "record_schema",
    "result_from_json",
    "result_row",
    "result_schema",
    "result_to_json",
]
