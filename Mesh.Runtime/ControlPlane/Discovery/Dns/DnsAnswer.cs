namespace Mesh.Runtime.ControlPlane.Discovery.Dns;

/// <summary>What a question brought.</summary>
/// <param name="Items">What was asked for; none where the name does not exist, and where asking failed.</param>
/// <param name="Ttl">How long it stands, the least of all records that it rests on.</param>
/// <param name="Error">Why some of it is missing; <c>null</c> where all is there.</param>
internal sealed record DnsAnswer<T>(IReadOnlyList<T> Items, TimeSpan Ttl, string? Error = null)
{
    public static DnsAnswer<T> Failed(string error) => new([], TimeSpan.MaxValue, error);

    public DnsAnswer<TOther> As<TOther>(IReadOnlyList<TOther> items) => new(items, Ttl, Error);

    public static DnsAnswer<T> All(IReadOnlyCollection<DnsAnswer<T>> answers, TimeSpan ttl) => new(
        [.. answers.SelectMany(answer => answer.Items)],
        answers.Select(answer => answer.Ttl).Append(ttl).Min(),
        answers.Select(answer => answer.Error).FirstOrDefault(error => error is not null));
}
