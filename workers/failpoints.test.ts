import { failpoints } from './failpoints';

describe('failpoints', () => {
  it('a named one kills where it is first reached, and no other does', () => {
    const kill = jest.fn();
    const reached = failpoints(['after-send'], kill);
    reached('before-fence');
    expect(kill).not.toHaveBeenCalled();
    reached('after-send');
    expect(kill).toHaveBeenCalledTimes(1);
  });

  it('one with a number lets the passings before it through', () => {
    const kill = jest.fn();
    const reached = failpoints(['after-record:3'], kill);
    reached('after-record');
    reached('after-record');
    expect(kill).not.toHaveBeenCalled();
    reached('after-record');
    expect(kill).toHaveBeenCalledTimes(1);
  });

  it('a name that no activity has is refused with the names that there are', () => {
    expect(() => failpoints(['after-lunch'])).toThrow(/no failpoint after-lunch; there are before-fence, /);
  });
});
