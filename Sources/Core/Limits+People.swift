// Bounds of second factors and of proving oneself again.
extension Limits {
    public static let codeDigits = Bound("code_digits", 6, "digits", "one code of an authenticator app")
    public static let codeStepSeconds = Bound(
        "code_step", 30, "seconds",
        "one code of an authenticator app stands; the one before and the one after count too")
    public static let recoveryCodes = Bound("recovery_codes", 10, "codes", "codes for who lost the second factor")
    public static let signInProofSeconds = Bound(
        "sign_in_proof", 300, "seconds", "between a right password and the code")
    public static let signInProofTries = Bound("sign_in_proof_tries", 5, "times", "codes tried after one password")
    public static let freshProofSeconds = Bound(
        "fresh_proof", 900, "seconds", "since somebody last proved who it is, before something dangerous asks anew")
    public static let browserName = Bound("browser_name", 120, "characters", "what a browser calls itself, as kept")

    static let people: [Bound] = [
        codeDigits, codeStepSeconds, recoveryCodes, signInProofSeconds, signInProofTries, freshProofSeconds,
        browserName,
    ]
}
