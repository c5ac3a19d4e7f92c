using System.Globalization;

namespace Mesh.Runtime.ControlPlane;

/// <summary>The services that a proxy is told of: those that it calls, and its own. Two subscriptions to the same services are equal.</summary>
public sealed class Subscription : IEquatable<Subscription>
{
    private readonly SortedSet<int>? _services;   // null: all
    private readonly string _key;

    private Subscription(SortedSet<int>? services)
    {
        _services = services;
        _key = services is null ? "all" : string.Join(',', services.Select(id => id.ToString(CultureInfo.InvariantCulture)));
    }

    /// <summary>Every service: of a proxy that cannot say what it will call.</summary>
    public static Subscription All { get; } = new(null);

    /// <summary>These services only.</summary>
    /// <param name="serviceIds">Their ids; one that is given twice counts once.</param>
    public static Subscription To(IEnumerable<int> serviceIds) => new([.. serviceIds]);

    /// <summary>Whether the proxy is told of this service.</summary>
    public bool Includes(int serviceId) => _services is null || _services.Contains(serviceId);

    /// <inheritdoc/>
    public bool Equals(Subscription? other) => other is not null && string.Equals(_key, other._key, StringComparison.Ordinal);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as Subscription);

    /// <inheritdoc/>
    public override int GetHashCode() => _services is null ? -1 : _services.Count == 0 ? 0 : _services.Count * 31 + _services.Max * 7 + _services.Min;

    /// <summary>The services' ids, or <c>all</c>.</summary>
    public override string ToString() => _key;
}
