using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Mesh.Runtime.ControlPlane.Admin;

namespace Mesh.Scenarios.Cli.Admin;

/// <summary>Asks a control plane by its admin API. What goes wrong is told to people as an <see cref="InputException"/>; a control plane that cannot be reached as an <see cref="UnreachableException"/>.</summary>
internal sealed class AdminClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly Uri _address;
    private readonly HttpClient _http;
    private readonly string? _tokenFile;

    /// <param name="address">Where the control plane is.</param>
    /// <param name="tokenFile">The file of the token; <c>null</c> for none.</param>
    /// <param name="authorityFile">The certificates that its own must come from; <c>null</c> is the system's trust.</param>
    /// <param name="certificateFile">The client certificate; <c>null</c> for none.</param>
    /// <param name="keyFile">Its key.</param>
    public AdminClient(Uri address, string? tokenFile, string? authorityFile, string? certificateFile, string? keyFile)
    {
        (_address, _tokenFile) = (address, tokenFile);
        _http = new HttpClient(new SocketsHttpHandler { SslOptions = Tls(authorityFile, certificateFile, keyFile), UseProxy = false }) { BaseAddress = address, Timeout = Patience };
        if (tokenFile is not null && ReadToken(tokenFile) is { } token) _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        _http.DefaultRequestHeaders.Add("x-meshlab-user", Environment.UserName);
    }

    /// <summary>What stands at a path.</summary>
    public async Task<T> GetAsync<T>(string path, CancellationToken cancellation)
    {
        using var answer = await SendAsync(HttpMethod.Get, path, null, cancellation).ConfigureAwait(false);
        await RefuseAsync(answer, cancellation).ConfigureAwait(false);
        return await ReadAsync<T>(answer, cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks for a change, and returns the answer to one that was made.</summary>
    public async Task<T> ChangeAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var answer = await SendAsync(method, path, body, cancellation).ConfigureAwait(false);
        await RefuseAsync(answer, cancellation).ConfigureAwait(false);
        return await ReadAsync<T>(answer, cancellation).ConfigureAwait(false);
    }

    /// <summary>Asks for a change of something that may be gone.</summary>
    /// <returns>Whether it was there.</returns>
    public async Task<bool> TryChangeAsync(HttpMethod method, string path, CancellationToken cancellation)
    {
        using var answer = await SendAsync(method, path, null, cancellation).ConfigureAwait(false);
        if (answer.StatusCode == HttpStatusCode.NotFound) return false;
        await RefuseAsync(answer, cancellation).ConfigureAwait(false);
        return true;
    }

    public void Dispose() => _http.Dispose();

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body, body.GetType(), options: AdminJson.Options) };
        try
        {
            return await _http.SendAsync(request, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            throw new UnreachableException($"no control plane answers at {_address} ({(error.InnerException ?? error).Message}). Start one with 'meshlab control-plane', or say where it is with --control-plane or {StatePlaces.UrlVariable}.");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new UnreachableException($"the control plane at {_address} has not answered for {Patience.TotalSeconds} s.");
        }
    }

    private async Task RefuseAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        if (answer.IsSuccessStatusCode) return;
        var problem = await ProblemAsync(answer, cancellation).ConfigureAwait(false);
        throw answer.StatusCode switch
        {
            HttpStatusCode.Unauthorized => new InputException($"the control plane at {_address} does not know who asks. {Credentials()}"),
            HttpStatusCode.Forbidden => new InputException($"this is not allowed: {problem}."),
            _ => new InputException(problem),
        };
    }

    private string Credentials() => _tokenFile is null ? "Its authority does not know the client certificate."
        : _http.DefaultRequestHeaders.Authorization is null ? $"There is no token in '{_tokenFile}'; name the file of its state directory with --token-file or {StatePlaces.TokenVariable}."
        : $"The token in '{_tokenFile}' is not its token; name another file with --token-file or {StatePlaces.TokenVariable}.";

    private static async Task<string> ProblemAsync(HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            using var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync(cancellation).ConfigureAwait(false));
            if (document.RootElement.TryGetProperty("problems", out var problems)) return string.Join("\nerror ", problems.EnumerateArray().Select(problem => problem.GetString()));
            if (document.RootElement.TryGetProperty("detail", out var detail)) return detail.GetString() ?? "";
        }
        catch (JsonException)
        {
            // Something else answers there.
        }
        return $"it answered {(int)answer.StatusCode}, which a control plane does not; is it one?";
    }

    private async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellation)
    {
        try
        {
            return await answer.Content.ReadFromJsonAsync<T>(AdminJson.Options, cancellation).ConfigureAwait(false) ?? throw new JsonException();
        }
        catch (Exception error) when (error is JsonException or NotSupportedException)
        {
            throw new InputException($"what answers at {_address} is no control plane of this MeshLab's version.");
        }
    }

    private static string? ReadToken(string file)
    {
        try
        {
            return File.Exists(file) ? File.ReadAllText(file).Trim() is { Length: > 0 } token && token.All(letter => letter is > ' ' and < '\u007f') ? token : throw new InputException($"'{file}' holds no token.") : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"the token in '{file}' cannot be read: {error.Message}");
        }
    }

    private static SslClientAuthenticationOptions Tls(string? authorityFile, string? certificateFile, string? keyFile)
    {
        var options = new SslClientAuthenticationOptions();
        try
        {
            if (certificateFile is not null)
            {
                // A key from PEM lives in memory only, which not every platform's TLS takes: PKCS #12 makes it one that does.
                using var pem = X509Certificate2.CreateFromPemFile(certificateFile, keyFile);
                options.ClientCertificates = [X509CertificateLoader.LoadPkcs12(pem.Export(X509ContentType.Pkcs12), null)];
            }
            if (authorityFile is not null)
            {
                var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
                trust.CustomTrustStore.ImportFromPemFile(authorityFile);
                options.CertificateChainPolicy = trust;
            }
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or CryptographicException)
        {
            throw new InputException($"a certificate file cannot be read: {error.Message}");
        }
        return options;
    }
}

/// <summary>The control plane cannot be reached.</summary>
internal sealed class UnreachableException(string message) : Exception(message);
