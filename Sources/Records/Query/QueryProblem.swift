import Core
import Ports

/// What can be wrong with a query. Messages name fields and operators, never values.
enum QueryProblem {
    static func unknownOperator(_ text: String, after column: RecordColumn) -> HubError {
        HubError(
            .invalid, "query_unknown_operator",
            "sysparm_query has \"\(Shown.name(String(text.prefix(20))))\" after \"\(column.name)\", "
                + "which is no operator. Operators: \(QueryOperator.known).")
    }

    static func unsupported(_ spelling: String) -> HubError {
        HubError(
            .invalid, "query_unknown_operator",
            "sysparm_query uses \(spelling), which this hub does not have. "
                + "Operators: \(QueryOperator.known); between terms ^, ^OR and ^NQ; ORDERBY and ORDERBYDESC.")
    }

    static func notForField(_ spelling: String, _ column: RecordColumn) -> HubError {
        HubError(
            .invalid, "query_operator_not_for_field",
            "sysparm_query uses \(spelling) on \"\(column.name)\", a \(column.kind.words), which it is not for.")
    }

    static func emptyTerm(_ number: Int) -> HubError {
        HubError(
            .invalid, "query_empty_term",
            "Term \(number) of sysparm_query is empty. Put one ^ between two terms and none at the ends; "
                + "a value can not hold a ^. Leave sysparm_query out to ask for every record.")
    }

    static func nothingBeforeOr(_ number: Int) -> HubError {
        HubError(
            .invalid, "query_nothing_before_or",
            "Term \(number) of sysparm_query starts with OR, but no condition stands right before it.")
    }

    static func tooMany(_ bound: Bound) -> HubError {
        HubError(
            .invalid, "query_too_many_\(bound.unit)", "sysparm_query has more than \(bound.value) \(bound.unit).")
    }
}
