import Identity

extension DoctorCheck {
    static let basic = DoctorCheck(
        "HTTP Basic", none: "switched on for no user",
        named: { try Identity.basicUsers(in: $0) },
        warn: { first, others in
            .warn(
                "User \(first)\(others) may call the Table API with name and password, which no scope narrows.",
                next: "Give the caller a client instead, then: linchpin user update \(first) --basic-allowed false")
        })
}
