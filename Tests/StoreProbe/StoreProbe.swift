@main enum StoreProbe {
    static func main() {}
}
