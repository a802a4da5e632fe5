import Ports

/// Who must have a second factor: a setting of the hub and not of the store, so that nobody who got into the console can
/// lower it there.
public enum SecondFactorRule: String, Sendable, CaseIterable {
    /// Whoever wants one has one.
    case optional
    /// Everybody with an administrative role in force.
    case administrators
    /// Everybody who signs in to the console.
    case everybody

    /// Whether somebody with these roles must have one.
    func asks(_ roles: Set<String>) -> Bool {
        switch self {
        case .optional: false
        case .administrators: AdminRole.allCases.contains { roles.contains($0.rawValue) }
        case .everybody: true
        }
    }
}
