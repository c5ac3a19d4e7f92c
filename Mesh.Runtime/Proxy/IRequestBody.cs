namespace Mesh.Runtime.Proxy;

/// <summary>A request's body as those who repeat requests need to know it. It stays with whoever owns it; in the virtual world it is only a size, which can be sent again at any time.</summary>
public interface IRequestBody
{
    /// <summary>Whether another attempt can still be made after this one: no byte that was passed on has been dropped.</summary>
    bool CanRepeat { get; }

    /// <summary>Whether all of it is here and kept, so that several attempts can send it side by side.</summary>
    bool IsWhole { get; }
}
