extension Demo {
    /// The flow files that the demo installs, as `Examples/flows` shows them.
    public static let shippedFlows: [String] = [
        String(decoding: PackageResources.offboard_leaver_yaml, as: UTF8.self),
        String(decoding: PackageResources.purge_user_yaml, as: UTF8.self),
    ]
}
