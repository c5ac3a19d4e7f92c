using Mesh.Runtime.Model;

namespace Mesh.Runtime.Overload;

/// <summary>Refuses the least important requests first: those of a priority go no further than its share of the callee's places.</summary>
internal sealed class LoadShedder
{
    private static readonly string[] Names = ["critical", "high", "default", "low", "sheddable"];
    private readonly LoadSheddingConfig _config;
    private readonly KeyValuePair<string, RequestPriority>[] _values;
    private readonly int[] _places = new int[Names.Length];

    /// <summary>A shedder with nothing in progress.</summary>
    public LoadShedder(LoadSheddingConfig config)
    {
        _config = config;
        _values = [.. config.Values];
        for (int i = 0; i < _places.Length; i++) _places[i] = PlacesOf(config, (RequestPriority)i);
    }

    /// <summary>Requests in progress, of all priorities.</summary>
    public int InFlight { get; private set; }

    /// <summary>Requests in progress at which one of a priority is refused: its share of all, rounded down, 1 or more.</summary>
    public static int PlacesOf(LoadSheddingConfig config, RequestPriority priority) =>
        Math.Max(1, (int)(config.MaxRequests * config.ShareOf(priority) + 1e-9));   // 70% of 10 is 7, whatever the double says

    /// <summary>Admits a request, or refuses it.</summary>
    public bool TryEnter(RequestPriority priority)
    {
        if (InFlight >= _places[(int)priority]) return false;
        InFlight++;
        return true;
    }

    /// <summary>An admitted request has ended.</summary>
    public void Exit() => InFlight--;

    /// <summary>How much a request matters by its headers: the first header of the name counts; without one, or with a value unknown, <see cref="RequestPriority.Default"/>.</summary>
    public RequestPriority PriorityOf(IReadOnlyList<KeyValuePair<string, string>> headers)
    {
        for (int i = 0; i < headers.Count; i++)
        {
            if (string.Equals(headers[i].Key, _config.Header, StringComparison.OrdinalIgnoreCase)) return Named(headers[i].Value);
        }
        return RequestPriority.Default;
    }

    private RequestPriority Named(string value)
    {
        foreach (var (name, priority) in _values)
        {
            if (name == value) return priority;
        }
        int index = Array.IndexOf(Names, value);
        return index < 0 ? RequestPriority.Default : (RequestPriority)index;
    }
}
