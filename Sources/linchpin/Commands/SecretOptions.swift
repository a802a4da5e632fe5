import ArgumentParser
import Core

/// How long a client's secrets work, as options of the commands that set it.
struct SecretOptions: ParsableArguments {
    @Option(help: "How many days a new secret works at most; 0 for good.") var secretDays: Int64?
    @Option(help: "How many days ahead it is a finding that the last one ends.") var secretWarningDays: Int64?
    @Option(help: "How long older secrets work on beside a new one, in seconds; 0 until removed.")
    var secretOverlapSeconds: Int64?

    func set(_ body: inout Body) {
        body.set("secret_days", secretDays)
        body.set("secret_warning_days", secretWarningDays)
        body.set("secret_overlap_seconds", secretOverlapSeconds)
    }
}
