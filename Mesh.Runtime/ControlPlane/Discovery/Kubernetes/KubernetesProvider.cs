using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Mesh.Runtime.Randomness;

namespace Mesh.Runtime.ControlPlane.Discovery.Kubernetes;

/// <summary>
/// Services from Kubernetes' EndpointSlices: all of them once, in pages, then each change from that list's resource version on. After a watch has ended the next one resumes where it was;
/// when the server does not remember that far (410 Gone), everything is listed anew.
/// </summary>
public sealed class KubernetesProvider : DiscoveryProvider
{
    private readonly KubernetesOptions _options;
    private readonly EndpointSliceCatalog _catalog;
    private string? _version;

    /// <summary>A provider that has not started.</summary>
    /// <param name="options">Which cluster.</param>
    /// <param name="sink">Told of its services.</param>
    /// <param name="time">The clock.</param>
    /// <param name="random">The world's draws.</param>
    public KubernetesProvider(KubernetesOptions options, IDiscoverySink sink, TimeProvider time, KeyedRandom random)
        : base(options.Source, options.Reconnect, sink, time, random)
    {
        _options = options;
        _catalog = new EndpointSliceCatalog(options);
    }

    private protected override string Reason(Exception error) => error switch
    {
        HttpOperationException http => $"the API server answered {(int)http.Response.StatusCode} {http.Response.StatusCode}.",
        KubernetesException { Status: { } status } => $"the API server ended the watch: {status.Code} {status.Reason}.",
        _ => error.GetBaseException().Message,
    };

    private protected override async Task WatchAsync(CancellationToken cancellation)
    {
        using var client = await ConnectAsync(cancellation).ConfigureAwait(false);
        try
        {
            if (_version is null) await ListAsync(client, cancellation).ConfigureAwait(false);
            while (true)
            {
                long began = Now;
                bool told = await FollowAsync(client, cancellation).ConfigureAwait(false);
                // The server ends watches in good order. One that ends them at once, without a word, is not to be asked in a circle.
                if (!told && Now - began < TimeSpan.TicksPerSecond) throw new InvalidOperationException("the API server ended the watch at once.");
            }
        }
        catch (Exception error) when (IsGone(error))
        {
            _version = null;
            throw;
        }
    }

    private async Task ListAsync(k8s.Kubernetes client, CancellationToken cancellation)
    {
        var slices = new List<V1EndpointSlice>();
        V1EndpointSliceList page;
        string? next = null;
        do
        {
            using var late = new CancellationTokenSource(_options.RequestTimeout, Time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
            page = await PageAsync(client, next, either.Token).ConfigureAwait(false);
            slices.AddRange(page.Items);
            next = page.Metadata.ContinueProperty;
        }
        while (!string.IsNullOrEmpty(next));
        _version = page.Metadata.ResourceVersion;
        ReportAll(_catalog.Replace(slices));
    }

    private Task<V1EndpointSliceList> PageAsync(k8s.Kubernetes client, string? next, CancellationToken cancellation)
    {
        var (slices, labels, size) = (client.DiscoveryV1, _options.LabelSelector, _options.PageSize);
        return _options.Namespace is { } space
            ? slices.ListNamespacedEndpointSliceAsync(space, labelSelector: labels, limit: size, continueParameter: next, cancellationToken: cancellation)
            : slices.ListEndpointSliceForAllNamespacesAsync(labelSelector: labels, limit: size, continueParameter: next, cancellationToken: cancellation);
    }

    /// <summary>One watch, until the server ends it.</summary>
    /// <returns>Whether it told anything.</returns>
    private async Task<bool> FollowAsync(k8s.Kubernetes client, CancellationToken cancellation)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        await using var silence = Time.CreateTimer(static state => ((CancellationTokenSource)state!).Cancel(), ended, _options.WatchTime * 1.5, Timeout.InfiniteTimeSpan);
        Exception? failure = null;
        bool told = false;
        // The library goes on after an error in the stream; the first one ends this watch.
        void OnError(Exception error)
        {
            failure ??= error;
            ended.Cancel();
        }
        try
        {
            await foreach (var (type, slice) in Events(client, OnError, ended.Token).ConfigureAwait(false))
            {
                if (failure is not null) break;
                silence.Change(_options.WatchTime * 1.5, Timeout.InfiniteTimeSpan);
                Take(type, slice);
                told = true;
            }
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            failure ??= new TimeoutException("the watch has been silent for too long.");
        }
        catch (Exception error) when (error.GetBaseException() is EndOfStreamException)
        {
            // The library's way to say that the server ended a watch in good order before anything happened.
        }
        if (failure is not null) throw failure;
        return told;
    }

    private IAsyncEnumerable<(WatchEventType, V1EndpointSlice)> Events(k8s.Kubernetes client, Action<Exception> onError, CancellationToken cancellation)
    {
        int seconds = (int)Math.Ceiling(_options.WatchTime.TotalSeconds);
        var (slices, labels) = (client.DiscoveryV1, _options.LabelSelector);
        return _options.Namespace is { } space
            ? slices.WatchListNamespacedEndpointSliceAsync(space, true, labelSelector: labels, resourceVersion: _version, timeoutSeconds: seconds, onError: onError, cancellationToken: cancellation)
            : slices.WatchListEndpointSliceForAllNamespacesAsync(true, labelSelector: labels, resourceVersion: _version, timeoutSeconds: seconds, onError: onError, cancellationToken: cancellation);
    }

    private void Take(WatchEventType type, V1EndpointSlice slice)
    {
        if (slice.Metadata?.ResourceVersion is { Length: > 0 } version) _version = version;
        switch (type)
        {
            case WatchEventType.Added or WatchEventType.Modified: ReportAll(_catalog.Put(slice)); break;
            case WatchEventType.Deleted: ReportAll(_catalog.Remove(slice)); break;
        }
    }

    private void ReportAll(IReadOnlyCollection<string> services)
    {
        foreach (string service in services)
        {
            Report(new ServiceObservation { Source = Source, Service = service, Endpoints = _catalog.Find(service), TakenAt = Now, Revision = _version ?? "" });
        }
    }

    private async Task<k8s.Kubernetes> ConnectAsync(CancellationToken cancellation)
    {
        var configuration = await ConfigurationAsync(cancellation).ConfigureAwait(false);
        configuration.FirstMessageHandlerSetup += handler => handler.ConnectTimeout = _options.RequestTimeout;
        return new k8s.Kubernetes(configuration, new WatchAccepted(Synced));
    }

    private async Task<KubernetesClientConfiguration> ConfigurationAsync(CancellationToken cancellation)
    {
        if (_options.Server is { } server)
        {
            var configuration = new KubernetesClientConfiguration { Host = server.ToString(), AccessToken = _options.Token?.Value };
            if (_options.AuthorityFile is { } authority)
            {
                configuration.SslCaCerts = [];
                configuration.SslCaCerts.ImportFromPemFile(authority);
            }
            return configuration;
        }
        return _options.KubeConfigFile is { } file
            ? await KubernetesClientConfiguration.BuildConfigFromConfigFileAsync(new FileInfo(file)).WaitAsync(cancellation).ConfigureAwait(false)
            : KubernetesClientConfiguration.BuildDefaultConfig();
    }

    private static bool IsGone(Exception error) => error switch
    {
        HttpOperationException http => http.Response.StatusCode == HttpStatusCode.Gone,
        KubernetesException kubernetes => kubernetes.Status?.Code == (int)HttpStatusCode.Gone,
        _ => false,
    };

    /// <summary>The library hands a watch over with its first event; in a quiet cluster that is long after the server has accepted it.</summary>
    private sealed class WatchAccepted(Action accepted) : DelegatingHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (response.IsSuccessStatusCode && request.RequestUri!.Query.Contains("watch=true", StringComparison.Ordinal)) accepted();
            return response;
        }
    }
}
