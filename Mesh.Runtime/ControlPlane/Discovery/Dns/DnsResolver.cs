using System.Net;
using System.Net.Sockets;
using DnsClient;
using DnsClient.Protocol;
using Mesh.Runtime.Model;

namespace Mesh.Runtime.ControlPlane.Discovery.Dns;

/// <summary>
/// Asks name servers for a service's endpoints. That a name does not exist is an answer; a server that fails, refuses or is silent is none. Answers that do not fit a datagram are asked for
/// again by TCP. Nothing is cached here: when to ask is the provider's to say.
/// </summary>
internal sealed class DnsResolver : IDisposable
{
    private readonly DnsOptions _options;
    private readonly LookupClient _client;
    private readonly SemaphoreSlim _places;

    public DnsResolver(DnsOptions options)
    {
        _options = options;
        var settings = options.NameServers.Count == 0 ? new LookupClientOptions() : new LookupClientOptions([.. options.NameServers]);
        settings.UseCache = false;
        settings.Timeout = options.Timeout;
        settings.Retries = options.Retries;
        settings.UseRandomNameServer = false;
        _client = new LookupClient(settings);
        _places = new SemaphoreSlim(options.MaxConcurrent);
    }

    public void Dispose() => _places.Dispose();

    /// <summary>The endpoints of a service.</summary>
    public async Task<DnsAnswer<ObservedEndpoint>> FindAsync(DnsServiceConfig service, CancellationToken cancellation)
    {
        if (service.Port is not { } port) return await FindByServiceRecordsAsync(service, cancellation).ConfigureAwait(false);
        var hosts = await HostAsync(service.Name, service.Family, cancellation).ConfigureAwait(false);
        return hosts.As<ObservedEndpoint>([.. hosts.Items.Select(address => Endpoint(service, "", address, port, 1))]);
    }

    /// <summary>The first priority (RFC 2782) that has any endpoints.</summary>
    private async Task<DnsAnswer<ObservedEndpoint>> FindByServiceRecordsAsync(DnsServiceConfig service, CancellationToken cancellation)
    {
        var (response, failure) = await AskAsync(service.Name, QueryType.SRV, cancellation).ConfigureAwait(false);
        if (response is null) return DnsAnswer<ObservedEndpoint>.Failed(failure!);
        var answer = new DnsAnswer<ObservedEndpoint>([], NegativeTtl(response));
        foreach (var priority in response.Answers.SrvRecords().GroupBy(record => record.Priority).OrderBy(group => group.Key))
        {
            var records = priority.ToList();
            double scale = 128.0 / Math.Max(128, records.Max(record => (int)record.Weight));
            var found = await Task.WhenAll(records.Select(record => TargetAsync(service, record, scale, response, cancellation))).ConfigureAwait(false);
            answer = DnsAnswer<ObservedEndpoint>.All(found, Ttl(response.Answers));
            if (answer.Items.Count > 0 || answer.Error is not null) break;
        }
        return answer;
    }

    private async Task<DnsAnswer<ObservedEndpoint>> TargetAsync(DnsServiceConfig service, SrvRecord record, double scale, IDnsQueryResponse response, CancellationToken cancellation)
    {
        string target = record.Target.Value;
        // A target of "." says that the service is decidedly not there.
        if (target is "." or "") return new DnsAnswer<ObservedEndpoint>([], TimeSpan.MaxValue);
        var given = response.Additionals.OfType<AddressRecord>().Where(address => address.DomainName.Value.Equals(target, StringComparison.OrdinalIgnoreCase)).ToList();
        var hosts = Preferred(given.Select(address => address.Address).ToList(), service.Family) is { Count: > 0 } known
            ? new DnsAnswer<IPAddress>(known, Ttl(given))
            : await HostAsync(target, service.Family, cancellation).ConfigureAwait(false);
        int weight = Math.Max(1, (int)Math.Round(record.Weight * scale));
        return hosts.As<ObservedEndpoint>([.. hosts.Items.Select(address => Endpoint(service, target.TrimEnd('.'), address, record.Port, weight))]);
    }

    private async Task<DnsAnswer<IPAddress>> HostAsync(string name, DnsFamily family, CancellationToken cancellation)
    {
        var v4 = family == DnsFamily.V6 ? null : await AddressesAsync(name, QueryType.A, cancellation).ConfigureAwait(false);
        if (v4 is not null && (family == DnsFamily.V4 || (family == DnsFamily.V4Preferred && (v4.Items.Count > 0 || v4.Error is not null)))) return v4;
        var v6 = await AddressesAsync(name, QueryType.AAAA, cancellation).ConfigureAwait(false);
        if (v4 is null) return v6;
        // The time to live of a kind of address that does not exist says how soon it may.
        return DnsAnswer<IPAddress>.All([v4, v6], TimeSpan.MaxValue);
    }

    private async Task<DnsAnswer<IPAddress>> AddressesAsync(string name, QueryType type, CancellationToken cancellation)
    {
        var (response, failure) = await AskAsync(name, type, cancellation).ConfigureAwait(false);
        if (response is null) return DnsAnswer<IPAddress>.Failed(failure!);
        var addresses = response.Answers.OfType<AddressRecord>().Select(record => record.Address).Distinct().ToList();
        return new DnsAnswer<IPAddress>(addresses, addresses.Count > 0 ? Ttl(response.Answers) : NegativeTtl(response));
    }

    private async Task<(IDnsQueryResponse? Response, string? Failure)> AskAsync(string name, QueryType type, CancellationToken cancellation)
    {
        await _places.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            var response = await _client.QueryAsync(name, type, cancellationToken: cancellation).ConfigureAwait(false);
            return response.Header.ResponseCode is DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain
                ? (response, null)
                : (null, $"{name} {type}: {NameOf(response.Header.ResponseCode)} from {response.NameServer}");
        }
        catch (DnsResponseException error) when (error.Code == DnsResponseCode.ConnectionTimeout || error.InnerException is OperationCanceledException or TimeoutException)
        {
            return (null, $"{name} {type}: no answer within {_options.Timeout.TotalSeconds:0.#} s");
        }
        catch (Exception error) when (error is DnsResponseException or SocketException or IOException)
        {
            return (null, $"{name} {type}: {error.GetBaseException().Message}");
        }
        finally
        {
            _places.Release();
        }
    }

    private static ObservedEndpoint Endpoint(DnsServiceConfig service, string name, IPAddress address, int port, int weight) => new()
    {
        Address = new EndpointAddress(address.ToString(), port),
        Name = name,
        Weight = weight,
        Version = service.Version,
        Zone = service.Zone,
    };

    private static List<IPAddress> Preferred(List<IPAddress> addresses, DnsFamily family)
    {
        var v4 = addresses.FindAll(address => address.AddressFamily == AddressFamily.InterNetwork);
        var v6 = addresses.FindAll(address => address.AddressFamily == AddressFamily.InterNetworkV6);
        return family switch
        {
            DnsFamily.V4 => v4,
            DnsFamily.V6 => v6,
            DnsFamily.All => [.. v4, .. v6],
            _ => v4.Count > 0 ? v4 : v6,
        };
    }

    private static TimeSpan Ttl(IEnumerable<DnsResourceRecord> records) => records.Select(record => TimeSpan.FromSeconds(record.InitialTimeToLive)).DefaultIfEmpty(TimeSpan.MaxValue).Min();

    /// <summary>RFC 2308: what the zone says about names that do not exist, as far as it says it.</summary>
    private TimeSpan NegativeTtl(IDnsQueryResponse response)
    {
        var zone = response.Authorities.OfType<SoaRecord>().FirstOrDefault();
        var said = zone is null ? TimeSpan.MaxValue : TimeSpan.FromSeconds(Math.Min(zone.InitialTimeToLive, zone.Minimum));
        return said < _options.NegativeTtl ? said : _options.NegativeTtl;
    }

    private static string NameOf(DnsHeaderResponseCode code) => code switch
    {
        DnsHeaderResponseCode.ServerFailure => "SERVFAIL",
        DnsHeaderResponseCode.Refused => "REFUSED",
        DnsHeaderResponseCode.NotImplemented => "NOTIMP",
        DnsHeaderResponseCode.FormatError => "FORMERR",
        _ => code.ToString(),
    };
}
