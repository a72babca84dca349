"""What compliance-checker finds wrong with a NetCDF file."""

import json


def cf_problems(path):
    """Every message of the checks of CF 1.9; none for a file that passes."""
    from compliance_checker.runner import CheckSuite, ComplianceChecker

    CheckSuite.load_all_available_checkers()
    report = path.with_suffix(".json")
    passed, errors = ComplianceChecker.run_checker(
        str(path), ["cf:1.9"], 0, "normal", output_filename=str(report), output_format="json"
    )
    found = json.loads(report.read_text())["cf:1.9"]
    problems = [
        f"{check['name']}: {message}"
        for level in ("high_priorities", "medium_priorities", "low_priorities")
        for check in found[level]
        for message in check["msgs"]
    ]
    assert (passed and not errors) or problems
    return problems
