using System.Net;
using System.Text;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.Security.Tokens;

/// <summary>The ways to a key set: a text, a file, an address.</summary>
internal static class JwksFetch
{
    /// <summary>How a rule's key set is fetched; <c>null</c> where the rule names none.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="http">The client for addresses.</param>
    /// <param name="mostBytes">The most bytes that are read.</param>
    public static Func<CancellationToken, Task<string>>? For(JwtRule rule, HttpClient http, int mostBytes) => rule switch
    {
        { Jwks: { } text } when text.AsSpan().TrimStart().StartsWith("{") => _ => Task.FromResult(text),
        { Jwks: { } path } => cancellation => FromFileAsync(path, mostBytes, cancellation),
        { JwksUri: { } uri } => cancellation => FromAddressAsync(http, uri, mostBytes, cancellation),
        _ => null,
    };

    /// <summary>A client that follows no redirect: an issuer's keys come from where the rule says.</summary>
    public static HttpClient NewClient() => new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
    {
        Timeout = Timeout.InfiniteTimeSpan,   // a fetch has its own
    };

    private static async Task<string> FromFileAsync(string path, int mostBytes, CancellationToken cancellation)
    {
        await using var file = new FileStream(path, new FileStreamOptions { Options = FileOptions.Asynchronous });
        return await ReadAsync(file, $"'{path}'", mostBytes, cancellation).ConfigureAwait(false);
    }

    private static async Task<string> FromAddressAsync(HttpClient http, string uri, int mostBytes, CancellationToken cancellation)
    {
        using var response = await http.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
        if (response.StatusCode != HttpStatusCode.OK) throw new IOException($"'{uri}' answered {(int)response.StatusCode}.");
        await using var body = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        return await ReadAsync(body, $"'{uri}'", mostBytes, cancellation).ConfigureAwait(false);
    }

    private static async Task<string> ReadAsync(Stream stream, string from, int mostBytes, CancellationToken cancellation)
    {
        byte[] buffer = new byte[mostBytes + 1];
        int length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
        return length <= mostBytes ? Encoding.UTF8.GetString(buffer, 0, length) : throw new IOException($"{from} has more than {mostBytes} bytes.");
    }
}
