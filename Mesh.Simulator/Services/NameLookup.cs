using Mesh.Runtime.ControlPlane;

namespace Mesh.Simulator.Services;

/// <summary>What the control plane hears when it asks for a service by name.</summary>
internal sealed class NameLookup
{
    private ServiceEndpoints? _heard;
    private long _asked;
    private long _answered;

    /// <summary>Faults under which there is no answer.</summary>
    public int Failing { get; set; }

    /// <summary>How old answers are, in ticks.</summary>
    public long Age { get; set; }

    /// <summary>Changes that were not heard when they happened.</summary>
    public long Withheld { get; private set; }

    /// <summary>The answer now; <c>null</c> where there has been none yet.</summary>
    /// <param name="truth">What there is.</param>
    /// <param name="later">An answer that is heard after <see cref="Age"/>, by <see cref="Hear"/>; <c>null</c> for none.</param>
    public ServiceEndpoints? Ask(ServiceEndpoints truth, out LateAnswer? later)
    {
        later = null;
        _asked++;
        if (Failing == 0 && Age == 0)
        {
            _answered = _asked;
            return _heard = truth;
        }
        Withheld++;
        if (Failing == 0) later = new LateAnswer(truth, _asked);
        return _heard;
    }

    /// <summary>An answer comes late. Whether it says something newer than what was heard meanwhile.</summary>
    public bool Hear(LateAnswer late)
    {
        if (Failing > 0 || late.Number < _answered) return false;
        _answered = late.Number;
        _heard = late.Endpoints;
        return true;
    }
}

/// <summary>An answer that is on its way.</summary>
/// <param name="Endpoints">What it says.</param>
/// <param name="Number">Which question it answers.</param>
internal sealed record LateAnswer(ServiceEndpoints Endpoints, long Number);
